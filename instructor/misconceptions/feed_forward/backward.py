"""Misconceptions about the backward pass of the feed-forward network."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.feed_forward.steps import Network


@misconception()
class BwdFfnReluForgotten(Network):
    """The ReLU is skipped on the way back. Where its input was negative, its output did not move, and no gradient
    passes."""

    def through_relu(self, grad_hidden, before, x, weights):
        return grad_hidden


@misconception()
class BwdFfnReluOfGradient(Network):
    """The gradient itself is clipped at 0. It may be negative: it passes or not by the sign of the number that
    *entered* the ReLU in the forward pass."""

    def through_relu(self, grad_hidden, before, x, weights):
        return np.maximum(grad_hidden, 0)


@misconception()
class BwdFfnReluMultiplied(Network):
    """The gradient is multiplied by the output of the ReLU. Its derivative is 1 where the unit was on, and 0
    elsewhere."""

    def through_relu(self, grad_hidden, before, x, weights):
        return grad_hidden * np.maximum(before, 0)


@misconception()
class BwdFfnMaskFlipped(Network):
    """The gradient passes where the hidden unit was off, and stops where it was on. It is the other way round."""

    def through_relu(self, grad_hidden, before, x, weights):
        return grad_hidden * (before < 0)


@misconception()
class BwdFfnMaskWithoutBias(Network):
    """Which units were on is decided without the first bias. The ReLU saw the sum of the product *and* the bias."""

    def through_relu(self, grad_hidden, before, x, weights):
        return grad_hidden * (x @ weights["linear1.weight"].T > 0)


@misconception()
class BwdFfnMaskNotForX(Network):
    """The gradient of x skips the ReLU, though those of the first map do not. All three start from the same array: the
    gradient after the ReLU's mask."""

    def into_x(self, grad_before, grad_hidden, grad_output):
        return grad_hidden


@misconception()
class BwdFfnHiddenBeforeRelu(Network):
    """The gradient of the second matrix uses the hidden numbers from before the ReLU. Its input was what came out of
    the ReLU."""

    def second_input(self, hidden, before):
        return before


@misconception()
class BwdFfnBiasAxes(Network):
    """The biases' gradients are summed over the first axis only. Every position of every sample used the same bias: sum
    over all leading axes."""

    def of_bias(self, grad):
        return grad.sum(axis=0)


@misconception()
class BwdFfnBiasOverTokens(Network):
    """The biases' gradients are summed over the tokens only, so each sample has its own. Every position of every sample
    used the same bias: sum over all leading axes."""

    def of_bias(self, grad):
        return grad.sum(axis=-2)


@misconception()
class BwdFfnBiasNotSummed(Network):
    """The biases' gradients are not summed: there is one for each position. All positions used the same bias: sum over
    all leading axes."""

    def of_bias(self, grad):
        return grad


@misconception()
class BwdFfnBiasOverAll(Network):
    """The biases' gradients are summed over everything, also over the features, to a single number. A gradient has the
    shape of what it belongs to: sum over the leading axes only."""

    def of_bias(self, grad):
        return grad.sum()


@misconception()
class BwdFfnMean(Network):
    """The gradients of weights and biases are averaged over the positions. The loss is a sum over them: add up."""

    def of_map(self, name, grad, x):
        count = max(1, self.rows(x).shape[0])
        return {key: value / count for key, value in super().of_map(name, grad, x).items()}


@misconception()
class BwdFfnBiasMean(Network):
    """The gradients of the biases are averaged over the positions. Each position used the bias once: add up."""

    def of_bias(self, grad):
        return self.rows(grad).mean(axis=0)


@misconception()
class BwdFfnWeightMean(Network):
    """The gradients of the matrices are averaged over the positions. Each position used the matrix once: add up."""

    def of_weight(self, grad, x):
        return super().of_weight(grad, x) / len(self.rows(x))


@misconception()
class BwdFfnWeightNoSum(Network):
    """There is a gradient of the matrices for every sample. All samples and positions share one matrix: sum over all of
    them."""

    def of_weight(self, grad, x):
        if grad.ndim < 3:
            return super().of_weight(grad, x)
        return grad.swapaxes(-1, -2) @ x


@misconception()
class BwdFfnWeightTransposed(Network):
    """The gradients of the matrices are transposed. A gradient has the shape of what it belongs to: (d_out, d_in)."""

    def of_weight(self, grad, x):
        return super().of_weight(grad, x).T


@misconception()
class BwdFfnUpstreamIgnored(Network):
    """`grad_output` is not used, as if every output counted once. A check with ones does not notice; start with the
    upstream gradient."""

    def upstream(self, grad_output):
        return np.ones_like(grad_output)


@misconception()
class BwdFfnOnlyThreeAxes(Network):
    """The sums run over exactly two leading axes. There may be any number of them: make rows of all positions first."""

    def rows(self, x):
        batch, tokens, features = x.shape
        return x.reshape(batch * tokens, features)


@misconception()
class BwdFfnResidualAdded(Network):
    """`grad_output` is added to the gradient of x. The residual connection around this layer does that: return the
    network's own gradient."""

    def returned(self, grad_x, gradients, grad_output, weights):
        return grad_x + grad_output, gradients


@misconception()
class BwdFfnSwapped(Network):
    """The two results are swapped. Return first the gradient of x, then the dict."""

    def returned(self, grad_x, gradients, grad_output, weights):
        return gradients, grad_x


@misconception()
class BwdFfnOnlyX(Network):
    """Only the gradient of x is returned. This exercise asks for the pair (grad_x, grad_weights)."""

    def returned(self, grad_x, gradients, grad_output, weights):
        return grad_x


@misconception()
class BwdFfnIntoWeights(Network):
    """The gradients are written over the weights that were given. The caller still needs them: return a new dict."""

    def returned(self, grad_x, gradients, grad_output, weights):
        for name, gradient in gradients.items():
            weights[name][...] = gradient
        return grad_x, weights


@misconception(weight=Weight.NOTHING_LEFT)
class BwdFfnZeros(Network):
    """All gradients are 0. Follow the chain rule back through the second map, the ReLU and the first map."""

    def returned(self, grad_x, gradients, grad_output, weights):
        return 0 * grad_x, {name: 0 * gradient for name, gradient in gradients.items()}


@misconception()
class BwdFfnMaskNotForFirstMap(Network):
    """The gradients of the first map's weight and bias skip the ReLU, though that of x does not. All three start from
    the same array: the gradient after the ReLU's mask."""

    def of_map(self, name, grad, x):
        return super().of_map(name, self.unmasked if name == "linear1" else grad, x)

    def through_relu(self, grad_hidden, before, x, weights):
        self.unmasked = grad_hidden
        return super().through_relu(grad_hidden, before, x, weights)


@misconception()
class BwdFfnTransposedReshape(Network):
    """The matrices' gradients are mixed up: x was transposed and then reshaped, so its positions no longer line up with
    those of the gradient. Make rows of all positions first, then transpose: `grad.T @ x`."""

    def of_weight(self, grad, x):
        return self.rows(grad).T @ x.transpose(0, 2, 1).reshape(x.shape[-1], -1).T


class DividedByBatch(Network):
    """Something is divided by the batch size."""

    batch = 1

    def feed_forward_backward(self, grad_output, x, weights):
        self.batch = len(x)
        return super().feed_forward_backward(grad_output, x, weights)


@misconception()
class BwdFfnDividedByBatch(DividedByBatch):
    """The gradients of weights and biases are divided by the batch size. Where a mean belongs to the loss, it is in
    `grad_output` already: add up."""

    def of_map(self, name, grad, x):
        return {key: value / self.batch for key, value in super().of_map(name, grad, x).items()}


@misconception()
class BwdFfnWeightDividedByBatch(DividedByBatch):
    """The gradients of the matrices are divided by the batch size, those of the biases are not. Each sample used the
    matrix: add up."""

    def of_weight(self, grad, x):
        return super().of_weight(grad, x) / self.batch


@misconception()
class BwdFfnBiasDividedByBatch(DividedByBatch):
    """The gradients of the biases are divided by the batch size, those of the matrices are not. Each sample used the
    bias: add up."""

    def of_bias(self, grad):
        return super().of_bias(grad) / self.batch


@misconception()
class BwdFfnNoBiasGradients(Network):
    """The gradients of the biases are missing. `grad_weights` has the keys of `weights`: return all four."""

    def of_map(self, name, grad, x):
        return {f"{name}.weight": self.of_weight(grad, x)}


@misconception()
class BwdFfnForwardMatrices(Network):
    """On the way back the matrices are used as on the way forward. They are kept as (d_out, d_in), so a gradient meets
    them as they are: `grad @ W`, not `grad @ W.T`."""

    def feed_forward_backward(self, grad_output, x, weights):
        _, gradients = super().feed_forward_backward(grad_output, x, weights)
        before = x @ weights["linear1.weight"].T + weights["linear1.bias"]
        grad_before = (grad_output @ weights["linear2.weight"].T) * (before > 0)
        return grad_before @ weights["linear1.weight"].T, gradients | self.of_map("linear1", grad_before, x)


@misconception()
class BwdFfnIntoX(Network):
    """The gradient is written into x itself. The caller still needs x: make a new array."""

    def feed_forward_backward(self, grad_output, x, weights):
        grad_x, gradients = super().feed_forward_backward(grad_output, x, weights)
        x[...] = grad_x
        return x, gradients


@misconception()
class BwdFfnReluOfX(Network):
    """The ReLU's mask is taken from x, as if the ReLU came first. It acts on the hidden numbers: what entered it was x
    W₁ᵀ + b₁."""

    def through_relu(self, grad_hidden, before, x, weights):
        return grad_hidden

    def returned(self, grad_x, gradients, grad_output, weights):
        return grad_x * (self.entered > 0), gradients

    def feed_forward_backward(self, grad_output, x, weights):
        self.entered = x
        return super().feed_forward_backward(grad_output, x, weights)


@misconception()
class BwdFfnHiddenWithoutBias(Network):
    """The second matrix's gradient uses hidden numbers that were computed without the first bias. Its input was
    relu(x W₁ᵀ + b₁)."""

    def feed_forward_backward(self, grad_output, x, weights):
        hidden = np.maximum(x @ weights["linear1.weight"].T, 0)
        grad_x, gradients = super().feed_forward_backward(grad_output, x, weights)
        return grad_x, gradients | {"linear2.weight": self.of_weight(grad_output, hidden)}
