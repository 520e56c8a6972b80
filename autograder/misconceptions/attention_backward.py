"""Misconceptions about the backward passes of unit 2, in NumPy: each overrides one backward step of `Attention`."""

import numpy as np

from autograder.exercise import misconception
from autograder.misconceptions.attention import Attention

# ---- softmax


@misconception()
class BwdSoftmaxDiagonal(Attention):
    """Only y(1 - y) is used, the diagonal of the Jacobian. Every output of a softmax depends on every input of its row:
    the other entries are not 0."""

    def softmax_backward(self, grad_output, output, axis=-1):
        return output * (1 - output) * grad_output


@misconception()
class BwdSoftmaxTermMissing(Attention):
    """The second term is missing. An input raises its own output and, through the common sum, lowers all outputs of its
    row: subtract their weighted mean first."""

    def common(self, grad_output, output, axis):
        return 0.0


@misconception()
class BwdSoftmaxZeros(Attention):
    """The gradient is 0 everywhere. It is so for an upstream gradient of ones, because a row always sums to 1: check
    with a random one."""

    def softmax_backward(self, grad_output, output, axis=-1):
        return np.zeros(output.shape)


@misconception()
class BwdSoftmaxSumUnweighted(Attention):
    """The upstream numbers of a row are added up as they are. The sum that is taken away is weighted by the softmax's
    outputs."""

    def common(self, grad_output, output, axis):
        return grad_output.sum(axis=axis, keepdims=True)


@misconception()
class BwdSoftmaxPlainMean(Attention):
    """The plain mean of a row is taken away. It is the mean *weighted by the softmax's outputs*."""

    def common(self, grad_output, output, axis):
        return grad_output.mean(axis=axis, keepdims=True)


@misconception()
class BwdSoftmaxNoKeepdims(Attention):
    """The sum lost its axis: without keepdims it broadcasts along the wrong axis, or not at all."""

    def common(self, grad_output, output, axis):
        return (output * grad_output).sum(axis=axis)


@misconception()
class BwdSoftmaxOverAll(Attention):
    """One sum runs over the whole array. Each row has a sum of its own, along `axis`."""

    def common(self, grad_output, output, axis):
        return (output * grad_output).sum()


@misconception()
class BwdSoftmaxIgnoresAxis(Attention):
    """The argument `axis` is ignored: the sum always runs along the last one here. Use the axis that was given."""

    def common(self, grad_output, output, axis):
        return super().common(grad_output, output, -1)


@misconception()
class BwdSoftmaxSign(Attention):
    """The sign is turned round: the weighted mean is taken from the upstream gradient, not the other way."""

    def softmax_backward(self, grad_output, output, axis=-1):
        return -super().softmax_backward(grad_output, output, axis)


@misconception()
class BwdSoftmaxTwice(Attention):
    """`output` is put through a softmax again. It *is* the softmax's result already, and nothing else is needed."""

    def softmax_backward(self, grad_output, output, axis=-1):
        powers = np.exp(output)
        return super().softmax_backward(grad_output, powers / powers.sum(axis=axis, keepdims=True), axis)


@misconception()
class BwdSoftmaxOfLogarithm(Attention):
    """This is the gradient of the *log*-softmax, as it stands in a cross-entropy. Softmax itself has one more factor,
    its output."""

    def softmax_backward(self, grad_output, output, axis=-1):
        return grad_output - output * grad_output.sum(axis=axis, keepdims=True)


@misconception()
class BwdSoftmaxInPlace(Attention):
    """The caller's `grad_output` is changed in place (`-=`, `*=`). Others still need it: make a new array."""

    def softmax_backward(self, grad_output, output, axis=-1):
        grad_output -= self.common(grad_output, output, axis)
        grad_output *= output
        return grad_output


# ---- scaled dot-product attention


@misconception()
class BwdScaleForgotten(Attention):
    """The scale is lost on the way back. The scores were divided by √d_k, so the gradients of queries *and* keys are
    divided too."""

    def into_q(self, grad_scores, k):
        return grad_scores @ k

    def into_k(self, grad_scores, q):
        return grad_scores.swapaxes(-1, -2) @ q


@misconception()
class BwdScaleForgottenForKeys(Attention):
    """The gradient of the queries is divided by √d_k, that of the keys is not. Both come from the same scaled
    scores."""

    def into_k(self, grad_scores, q):
        return grad_scores.swapaxes(-1, -2) @ q


@misconception()
class BwdScaleForgottenInTheWeights(Attention):
    """The weights are computed again without the scale. They must be exactly those of the forward pass."""

    def weights_again(self, q, k, mask):
        return super().weights_again(q * q.shape[-1] ** 0.5, k, mask)


@misconception()
class BwdOverflow(Attention):
    """The weights are computed again with exponentials that overflow. Subtract each row's maximum first, as in the
    forward pass, or use your softmax."""

    def powers(self, scores):
        return np.exp(scores)


@misconception()
class BwdDkNotTransposed(Attention):
    """The gradient of the keys uses the scores' gradient as it is. Its rows are queries; a key gathers over all
    queries, so it must be transposed."""

    def into_k(self, grad_scores, q):
        return grad_scores @ q / q.shape[-1] ** 0.5


@misconception()
class BwdDvNotTransposed(Attention):
    """The gradient of the values uses the weights as they are. Their rows are queries; a value gathers over all
    queries, so they must be transposed."""

    def into_v(self, weights, grad_output):
        return weights @ grad_output


@misconception()
class BwdTransposesAllAxes(Attention):
    """`.T` reverses all axes of a batch. Swap only the last two."""

    def into_v(self, weights, grad_output):
        return weights.T @ grad_output


@misconception()
class BwdSoftmaxSkipped(Attention):
    """The softmax is passed as if it were not there. The gradient of the weights is not yet that of the scores."""

    def into_scores(self, grad_weights, weights, mask):
        return grad_weights


@misconception()
class BwdValuesUseScores(Attention):
    """The gradient of the values is computed from the gradient of the scores. The output is weights times values: the
    values get the *weights*."""

    def into_scores(self, grad_weights, weights, mask):
        self.kept = super().into_scores(grad_weights, weights, mask)
        return self.kept

    def into_v(self, weights, grad_output):
        return self.kept.swapaxes(-1, -2) @ grad_output


@misconception()
class BwdUpstreamIgnored(Attention):
    """`grad_output` is not used, as if every output counted once. A check with ones does not notice; start with the
    gradient that comes from above."""

    def scaled_dot_product_attention_backward(self, grad_output, q, k, v, mask=None):
        return super().scaled_dot_product_attention_backward(np.ones_like(grad_output), q, k, v, mask)

    def multi_head_attention_backward(self, grad_output, q, k, v, weights, num_heads, mask=None):
        ones = np.ones_like(grad_output)
        return super().multi_head_attention_backward(ones, q, k, v, weights, num_heads, mask)


@misconception()
class BwdOrderOfResults(Attention):
    """The results come in another order. First the gradient of the queries, then that of the keys, then that of the
    values."""

    def scaled_dot_product_attention_backward(self, grad_output, q, k, v, mask=None):
        return super().scaled_dot_product_attention_backward(grad_output, q, k, v, mask)[::-1]

    def multi_head_attention_backward(self, grad_output, q, k, v, weights, num_heads, mask=None):
        *gradients, of_weights = super().multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask)
        return *gradients[::-1], of_weights


@misconception("bwd-mha-mask-lost")
class BwdMaskForgotten(Attention):
    """The weights are computed again without the mask, or multi-head attention does not pass it on. They must be
    exactly those of the forward pass, 0 at hidden keys."""

    def hidden_again(self, scores, mask):
        return scores


@misconception()
class BwdMaskInverted(Attention):
    """The mask is turned round on the way back: what may be seen is hidden. Here True means may attend."""

    def hidden_again(self, scores, mask):
        return np.where(mask, -1e30, scores)


@misconception()
class BwdMaskOnGradientOnly(Attention):
    """Hidden places are set to 0 in the gradient, but the weights are computed without the mask. With the mask in the
    scores the weights are right, and the zeros come by themselves."""

    def hidden_again(self, scores, mask):
        return scores

    def into_scores(self, grad_weights, weights, mask):
        grad_scores = super().into_scores(grad_weights, weights, mask)
        return grad_scores if mask is None else np.where(mask, grad_scores, 0.0)


@misconception()
class BwdMaskFillSmall(Attention):
    """Hidden scores are set to a number like -20 when the weights are computed again: a little gradient leaks through.
    Use the fill of the forward pass; hidden keys get exactly 0."""

    def hidden_again(self, scores, mask):
        return np.where(mask, scores, -20.0)


@misconception()
class BwdAttnTruthiness(Attention):
    """`if mask:` asks an array for one truth value, and it has none. Ask `is not None`, on the way back as well."""

    def hidden_again(self, scores, mask):
        return super().hidden_again(scores, mask) if mask else scores


# ---- multi-head attention


@misconception()
class BwdMhaOutputMapSkipped(Attention):
    """The gradient goes to the heads as it came from above. On its way it has to pass through Wᴼ."""

    def through_output(self, grad_output, weights):
        return grad_output


@misconception()
class BwdMhaMapsSkipped(Attention):
    """The gradients of the heads are returned as those of q, k and v. Between them and the inputs stand W^Q, W^K and
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
    """There is a gradient of the matrices for every sample. All samples and positions share one matrix: sum over all of
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
class BwdMhaSplitReshapeOnly(Attention):
    """The gradient is cut into heads by reshape alone, which mixes time and features. Walk the forward pass back step
    by step: split the last axis, then swap."""

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
    """The gradients of q, k and v are added into one. That is right for whoever put one x in all three places; here
    they are three arguments with three gradients."""

    def all_returned(self, grad_inputs, gradients, weights):
        together = grad_inputs[0] + grad_inputs[1] + grad_inputs[2]
        return together, together, together, gradients


@misconception()
class BwdMhaOnlyInputs(Attention):
    """The gradients of the weights are not returned. The contract asks for four results: three arrays and a dict."""

    def all_returned(self, grad_inputs, gradients, weights):
        return tuple(grad_inputs)


@misconception()
class BwdMhaIntoWeights(Attention):
    """The gradients are written over the weights that were given. The caller still needs them: return a new dict."""

    def all_returned(self, grad_inputs, gradients, weights):
        for name, gradient in gradients.items():
            weights[name][...] = gradient
        return *grad_inputs, gradients


MISCONCEPTIONS = [
    steps.misconception
    for steps in list(globals().values())
    if isinstance(steps, type) and "misconception" in vars(steps)
]
