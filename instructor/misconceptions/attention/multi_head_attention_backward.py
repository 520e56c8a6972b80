"""Misconceptions about the backward pass of multi-head attention, in NumPy."""

from typing import ClassVar

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.attention.steps import Attention


@misconception()
class BwdMhaOutputMapSkipped(Attention):
    """The upstream gradient goes straight to the heads. It first has to go back through Wᴼ."""

    def through_output(self, grad_output, weights):
        return grad_output


@misconception()
class BwdMhaMapsSkipped(Attention):
    """The gradients of the heads are returned as those of q, k and v. Between them and the inputs are W^Q, W^K and
    W^V."""

    def through_map(self, grad, weights, name):
        return super().through_map(grad, weights, name) if name == "w_o" else grad


@misconception()
class BwdMhaInputTransposed(Attention):
    """On the way back the matrices are used the wrong way round. Forward it was x Wᵀ, so the gradient meets W itself; a
    square W hides the shape, not the values."""

    def through_map(self, grad, weights, name):
        return grad @ weights[f"{name}.weight"].T


@misconception()
class BwdMhaWeightTransposed(Attention):
    """The gradients of the matrices are transposed. A gradient has the shape of what it belongs to: (d_out, d_in)."""

    def of_weight(self, grad, x):
        return super().of_weight(grad, x).T


@misconception()
class BwdMhaWeightNoSum(Attention):
    """There is one gradient of each matrix per sample. All samples and positions share one matrix: sum over all of
    them."""

    def of_weight(self, grad, x):
        return grad.swapaxes(1, 2) @ x


@misconception()
class BwdMhaBiasAxes(Attention):
    """The biases' gradients are summed over the batch only. Every position of every sample used the same bias: sum over
    both axes."""

    def of_bias(self, grad):
        return grad.sum(axis=0)


@misconception()
class BwdMhaMean(Attention):
    """The gradients of weights and biases are averaged over the batch. The loss is a sum over it: add up."""

    def of_map(self, name, grad, x):
        return {key: value / len(x) for key, value in super().of_map(name, grad, x).items()}


@misconception()
class BwdMhaMeanOverPositions(Attention):
    """The gradients of weights and biases are averaged over all positions of the batch. The loss is a sum over them:
    add up."""

    def of_map(self, name, grad, x):
        return {key: value / (x.size / x.shape[-1]) for key, value in super().of_map(name, grad, x).items()}


@misconception()
class BwdMhaBiasMean(Attention):
    """The gradients of the biases are averaged over all positions of the batch. Each position used the bias once: add
    up."""

    def of_bias(self, grad):
        return grad.mean(axis=(0, 1))


@misconception()
class BwdMhaBiasMeanOverBatch(Attention):
    """The gradients of the biases are averaged over the batch. Each sample used the bias: add up over samples and
    positions."""

    def of_bias(self, grad):
        return super().of_bias(grad) / len(grad)


@misconception()
class BwdMhaBiasMeanOverTokens(Attention):
    """The gradients of the biases are averaged over the tokens. Each token used the bias: add up over samples and
    positions."""

    def of_bias(self, grad):
        return super().of_bias(grad) / grad.shape[1]


@misconception()
class BwdMhaWeightMean(Attention):
    """The gradients of the matrices are averaged over all positions of the batch. Each position used the matrix once:
    add up."""

    def of_weight(self, grad, x):
        return super().of_weight(grad, x) / (x.size / x.shape[-1])


@misconception()
class BwdMhaWeightMeanOverBatch(Attention):
    """The gradients of the matrices are averaged over the batch. Each sample used the matrix: add up over samples and
    positions."""

    def of_weight(self, grad, x):
        return super().of_weight(grad, x) / len(x)


@misconception()
class BwdMhaSplitReshapeOnly(Attention):
    """The gradient is cut into heads by reshape alone, which mixes time and features. Go back through the forward pass
    step by step: split the last axis, then swap."""

    def cut_gradient(self, grad, num_heads):
        batch, tokens, d_model = grad.shape
        return grad.reshape(batch, num_heads, tokens, d_model // num_heads)


@misconception()
class BwdMhaMergeWithoutTranspose(Attention):
    """The gradients of the heads are joined by reshape alone. It keeps memory order, so heads and time are mixed: swap
    the axes back first."""

    def join_gradient(self, grad):
        batch, heads, tokens, d_k = grad.shape
        return grad.reshape(batch, tokens, heads * d_k)


@misconception()
class BwdMhaGradientsAdded(Attention):
    """The gradients of q, k and v are added into one. That would be right if the same x were used in all three places;
    here they are three arguments with three gradients."""

    def all_returned(self, grad_inputs, gradients, weights):
        together = grad_inputs[0] + grad_inputs[1] + grad_inputs[2]
        return together, together, together, gradients


@misconception()
class BwdMhaOnlyInputs(Attention):
    """The gradients of the weights are not returned. This exercise asks for four results: three arrays and a dict."""

    def all_returned(self, grad_inputs, gradients, weights):
        return tuple(grad_inputs)


@misconception()
class BwdMhaIntoWeights(Attention):
    """The gradients are written over the weights that were given. The caller still needs them: return a new dict."""

    def all_returned(self, grad_inputs, gradients, weights):
        for name, gradient in gradients.items():
            weights[name][...] = gradient
        return *grad_inputs, gradients


@misconception()
class BwdMhaWeightReshapeOnly(Attention):
    """Batch and positions are put into one axis by a transpose and a reshape, which mixes them with the features. Keep
    the features last: x.reshape(-1, d_model), and then transpose."""

    def of_weight(self, grad, x):
        mixed = x.transpose(0, 2, 1).reshape(x.shape[-1], -1)
        return (mixed @ grad.reshape(-1, grad.shape[-1])).T


@misconception()
class BwdMhaWeightSumsFirst(Attention):
    """Gradient and input are each summed over the positions before they are multiplied. Multiply position by position,
    and then sum."""

    def of_weight(self, grad, x):
        return np.einsum("bto,bsi->oi", grad, x)


@misconception()
class BwdMhaBiasForgotten(Attention):
    """The biases get no gradient. `grad_weights` has all keys of `weights`, the four biases too."""

    def of_map(self, name, grad, x):
        return {f"{name}.weight": self.of_weight(grad, x)}


@misconception()
class BwdMhaOutputMapFromQueries(Attention):
    """The gradient of Wᴼ is computed from `q`. What went into Wᴼ are the concatenated heads: compute them again."""

    def multi_head_attention_backward(self, grad_output, q, k, v, weights, num_heads, mask=None):
        self.queries = q
        return super().multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask)

    def of_map(self, name, grad, x):
        return super().of_map(name, grad, self.queries if name == "w_o" else x)


class OfAnotherInput(Attention):
    """The gradient of a map is computed from what went into another one."""

    taken: ClassVar[dict[str, str]] = {}

    def multi_head_attention_backward(self, grad_output, q, k, v, weights, num_heads, mask=None):
        self.inputs = {"w_q": q, "w_k": k, "w_v": v}
        return super().multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask)

    def of_map(self, name, grad, x):
        return super().of_map(name, grad, self.inputs[self.taken[name]] if name in self.taken else x)


@misconception()
class BwdMhaValueMapFromKeys(OfAnotherInput):
    """The gradient of W^V is computed from `k`. W^V was applied to `v`: use the values' input."""

    taken: ClassVar = {"w_v": "w_k"}


@misconception()
class BwdMhaValueMapFromQueries(OfAnotherInput):
    """The gradient of W^V is computed from `q`. W^V was applied to `v`: use the values' input."""

    taken: ClassVar = {"w_v": "w_q"}


@misconception()
class BwdMhaKeyMapFromQueries(OfAnotherInput):
    """The gradient of W^K is computed from `q`. W^K was applied to `k`: use the keys' input."""

    taken: ClassVar = {"w_k": "w_q"}


@misconception()
class BwdMhaKeyMapFromValues(OfAnotherInput):
    """The gradient of W^K is computed from `v`. W^K was applied to `k`: use the keys' input."""

    taken: ClassVar = {"w_k": "w_v"}


@misconception()
class BwdMhaQueryMapFromKeys(OfAnotherInput):
    """The gradient of W^Q is computed from `k`. W^Q was applied to `q`: use the queries' input."""

    taken: ClassVar = {"w_q": "w_k"}


@misconception()
class BwdMhaMapsFromQueries(OfAnotherInput):
    """The gradients of W^K and W^V are computed from `q`, as in self-attention. W^K was applied to `k`, and W^V to `v`:
    use the input of each."""

    taken: ClassVar = {"w_k": "w_q", "w_v": "w_q"}


@misconception()
class BwdMhaKeysAndValuesExchanged(OfAnotherInput):
    """The gradient of W^K is computed from `v`, and that of W^V from `k`. Exchange them: W^K was applied to `k`, and
    W^V to `v`."""

    taken: ClassVar = {"w_k": "w_v", "w_v": "w_k"}


@misconception()
class BwdMhaOneMap(Attention):
    """The gradients pass through W^Q on their way to all three inputs. Those of the keys pass through W^K, those of the
    values through W^V."""

    def through_map(self, grad, weights, name):
        return super().through_map(grad, weights, "w_o" if name == "w_o" else "w_q")


@misconception()
class BwdMhaScaleByDModel(Attention):
    """On the way back the scores are scaled by √d_model. Use the size of one head, √d_k, as in the forward pass."""

    root = 1.0

    def multi_head_attention_backward(self, grad_output, q, k, v, weights, num_heads, mask=None):
        self.root = num_heads**0.5
        return super().multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask)

    def weights_again(self, q, k, mask):
        return super().weights_again(q / self.root, k, mask)

    def into_q(self, grad_scores, k):
        return super().into_q(grad_scores, k) / self.root

    def into_k(self, grad_scores, q):
        return super().into_k(grad_scores, q) / self.root
