"""Misconceptions about the backward pass of the feed-forward network."""

import numpy as np

from autograder.exercise import misconception
from autograder.misconceptions.feed_forward.steps import Network


@misconception()
class BwdFfnReluForgotten(Network):
    """The ReLU is passed as if it were not there. Where its input was negative, its output did not move, and no
    gradient passes."""

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
    """The gradient of x skips the ReLU, though those of the first map do not. All three leave from the same place:
    behind the ReLU's mask."""

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
    gradient that comes from above."""

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
    """`grad_output` is added to the gradient of x. That is the highway's share, and the residual connection around this
    layer adds it."""

    def returned(self, grad_x, gradients, grad_output, weights):
        return grad_x + grad_output, gradients


@misconception()
class BwdFfnSwapped(Network):
    """The two results have changed places. First the gradient of x, then the dict."""

    def returned(self, grad_x, gradients, grad_output, weights):
        return gradients, grad_x


@misconception()
class BwdFfnOnlyX(Network):
    """Only the gradient of x is returned. The contract asks for the pair (grad_x, grad_weights)."""

    def returned(self, grad_x, gradients, grad_output, weights):
        return grad_x


@misconception()
class BwdFfnIntoWeights(Network):
    """The gradients are written over the weights that were given. The caller still needs them: return a new dict."""

    def returned(self, grad_x, gradients, grad_output, weights):
        for name, gradient in gradients.items():
            weights[name][...] = gradient
        return grad_x, weights
