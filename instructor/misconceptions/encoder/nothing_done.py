"""Misconceptions that leave nothing of the encoder: placeholders that were handed in."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.encoder.steps import Layers


@misconception(weight=Weight.NOTHING_LEFT)
class EncReturnsInput(Layers):
    """The layer returns its input unchanged: neither sublayer does anything. Write self-attention and the feed-forward
    network, each with its residual connection."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        return x


@misconception(weight=Weight.NOTHING_LEFT)
class EncReturnsZeros(Layers):
    """The layer returns zeros. Write self-attention and the feed-forward network, each with its residual
    connection."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        return self.xp.zeros_like(x)


@misconception(weight=Weight.NOTHING_LEFT)
class EncReturnsOnes(Layers):
    """The layer returns ones. Write self-attention and the feed-forward network, each with its residual connection."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        return self.xp.ones_like(x)


@misconception(weight=Weight.NOTHING_LEFT)
class EncBackwardZeros(Layers):
    """All gradients are zeros: nothing comes back through the layer. Go back through the forward pass, one step after
    the other."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        return 0 * x, {name: 0 * w for name, w in weights.items()}


@misconception(weight=Weight.NOTHING_LEFT)
class EncBackwardReturnsUpstream(Layers):
    """The upstream gradient is returned as the gradient of x, and the weights get zeros: the layer is skipped. Go back
    through its norms and sublayers."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        return grad_output.copy(), {name: 0 * w for name, w in weights.items()}
