"""Misconceptions about what the decoder's backward pass returns."""

from autograder.exercise import misconception
from instructor.misconceptions.decoder.steps import Decoding


@misconception()
class DecBwdMemoryNotReturned(Decoding):
    """Two results come back, and the memory's gradient is not one of them. Return three: `grad_x, grad_memory,
    grad_weights`."""

    def handed_back(self, grad_x, grad_memory):
        return grad_x, self.gradients


@misconception()
class DecBwdWeightsNotReturned(Decoding):
    """Two results come back, and the dict of the weights' gradients is not one of them. Return three: `grad_x,
    grad_memory, grad_weights`."""

    def handed_back(self, grad_x, grad_memory):
        return grad_x, grad_memory


@misconception()
class DecBwdMeanOverBatch(Decoding):
    """The gradients of the weights are averaged over the batch. All samples use the same weights: add them up."""

    def handed_back(self, grad_x, grad_memory):
        return grad_x, grad_memory, {name: gradient / len(grad_x) for name, gradient in self.gradients.items()}


@misconception()
class DecBwdTransposed(Decoding):
    """The gradients of the matrices are transposed. A gradient has the shape of its weight, (d_out, d_in): grad_yᵀ x,
    not xᵀ grad_y."""

    def handed_back(self, grad_x, grad_memory):
        return grad_x, grad_memory, {name: gradient.T for name, gradient in self.gradients.items()}


@misconception()
class DecBwdBiasesMissing(Decoding):
    """The gradients of the biases are missing. A bias is added to every token, so its gradient is the upstream gradient
    summed over batch and tokens."""

    def handed_back(self, grad_x, grad_memory):
        kept = {name: gradient for name, gradient in self.gradients.items() if not name.endswith(".bias")}
        return grad_x, grad_memory, kept


@misconception()
class DecBwdFfnGradientsMissing(Decoding):
    """The gradients of the feed-forward network's weights are missing. `grad_weights` has all keys of `weights`: keep
    what the backward pass of the network gives you."""

    def keep(self, name, gradients):
        if name != "feed_forward":
            super().keep(name, gradients)


@misconception()
class DecBwdCrossGradientsMissing(Decoding):
    """The gradients of cross-attention's weights are missing. `grad_weights` has all keys of `weights`: keep what the
    backward passes of both attentions give you."""

    def keep(self, name, gradients):
        if name != "cross_attention":
            super().keep(name, gradients)
