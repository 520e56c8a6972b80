"""Misconceptions about what the encoder's backward pass returns."""

from autograder.exercise import misconception
from instructor.misconceptions.encoder.steps import Layers


@misconception()
class EncBackwardOrderOfResults(Layers):
    """The two results are swapped. Return the gradient of x first, then the dict of the weights' gradients."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        return super().encoder_layer_backward(grad_output, x, weights, num_heads, mask)[::-1]


@misconception()
class EncBackwardOnlyX(Layers):
    """Only the gradient of x is returned. Return the gradients of the weights as well: `return grad_x,
    grad_weights`."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        return super().encoder_layer_backward(grad_output, x, weights, num_heads, mask)[0]


@misconception()
class EncBackwardTransposed(Layers):
    """The gradients of the matrices are transposed. A gradient has the shape of its weight, (d_out, d_in): grad_yᵀ x,
    not xᵀ grad_y."""

    def named(self, found, weights):
        return {name: gradient.T for name, gradient in found.items()}


@misconception()
class EncBackwardBiasesMissing(Layers):
    """The gradients of the biases are not returned. A bias is added to every token, so its gradient is the upstream
    gradient summed over batch and tokens."""

    def named(self, found, weights):
        return {name: gradient for name, gradient in found.items() if not name.endswith(".bias")}


@misconception()
class EncBackwardMeanOverTokens(Layers):
    """The gradients of the weights are averaged over batch and tokens. All tokens use the same weights: add them up."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        grad_x, found = super().encoder_layer_backward(grad_output, x, weights, num_heads, mask)
        return grad_x, {name: gradient / (len(x) * x.shape[1]) for name, gradient in found.items()}


@misconception()
class EncBackwardFfnGradientsMissing(Layers):
    """The gradients of the feed-forward network's weights are not returned. `grad_weights` has all keys of `weights`:
    keep what the backward pass of the network gives you."""

    def named(self, found, weights):
        return {name: gradient for name, gradient in found.items() if not name.startswith("feed_forward.")}
