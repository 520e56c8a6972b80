"""Misconceptions about the encoder's backward pass."""

from autograder.exercise import misconception
from instructor.misconceptions.encoder.steps import Layers


@misconception()
class EncBackwardNoResidual(Layers):
    """The gradient comes back through the sublayers only. A residual connection adds x, so the gradient of the sum
    also goes straight to x: add the two."""

    def joined(self, direct, through_sublayer):
        return through_sublayer


@misconception()
class EncBackwardNoSublayer(Layers):
    """The gradient comes back along the residual connections only. It also goes through each sublayer: add the two."""

    def joined(self, direct, through_sublayer):
        return direct


@misconception()
class EncBackwardOnePath(Layers):
    """Only the gradient of the queries comes back. In self-attention x is query, key and value: add three
    gradients."""

    def all_three(self, of_q, of_k, of_v):
        return of_q


@misconception()
class EncBackwardValuePath(Layers):
    """Only the gradient of the values comes back. In self-attention x is query, key and value: add three gradients."""

    def all_three(self, of_q, of_k, of_v):
        return of_v


@misconception()
class EncBackwardMeanOfPaths(Layers):
    """The three gradients of self-attention are averaged. x is used three times: add them."""

    def all_three(self, of_q, of_k, of_v):
        return (of_q + of_k + of_v) / 3


@misconception()
class EncBackwardPreNormOrder(Layers):
    """On the way back, the norm comes after its sublayer: that is the order of a pre-norm layer. Reverse the forward
    pass: first the norm, then the sum and the sublayer."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        attended = self.attend(x, weights, num_heads, mask)
        h = self.normalise(x + attended, weights, "residual1.norm")
        found: dict = {}
        through = self.feed_forward_back(grad_output, h, x, weights, found)
        grad_h = grad_output + self.norm_back(
            through, h + self.feed_forward(h, weights), weights, "residual2.norm", found
        )
        through = self.attention_back(grad_h, x, weights, num_heads, mask, found)
        return grad_h + self.norm_back(through, x + attended, weights, "residual1.norm", found), found


@misconception()
class EncBackwardNormNotLast(Layers):
    """The gradient that the residual connection passes on has not gone back through the norm. The norm takes the sum,
    so go back through it first."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        attended = self.attend(x, weights, num_heads, mask)
        h = self.normalise(x + attended, weights, "residual1.norm")
        found: dict = {}
        through = self.norm_back(grad_output, h + self.feed_forward(h, weights), weights, "residual2.norm", found)
        grad_h = grad_output + self.feed_forward_back(through, h, x, weights, found)
        through = self.norm_back(grad_h, x + attended, weights, "residual1.norm", found)
        return grad_h + self.attention_back(through, x, weights, num_heads, mask, found), found


@misconception()
class EncBackwardNormOfSublayer(Layers):
    """The backward pass of the norm is evaluated at what the sublayer returned. In the forward pass the norm took the
    sum x + Sublayer(x): recompute that."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        self.sublayers = [self.attend(x, weights, num_heads, mask)]
        h = self.normalise(x + self.sublayers[0], weights, "residual1.norm")
        self.sublayers.append(self.feed_forward(h, weights))
        return super().encoder_layer_backward(grad_output, x, weights, num_heads, mask)

    def norm_back(self, grad, summed, weights, norm, found):
        return super().norm_back(grad, self.sublayers[int(norm[8]) - 1], weights, norm, found)


@misconception()
class EncBackwardFfnAtInput(Layers):
    """The backward pass of the feed-forward network is evaluated at the layer's input. Its own input was h, what comes
    out of the first sublayer: recompute that."""

    def feed_forward_back(self, grad, h, x, weights, found):
        return super().feed_forward_back(grad, x, x, weights, found)


@misconception()
class EncBackwardUpstreamTwice(Layers):
    """The gradient of the output is handed to both sublayers. The first one gets what comes back from the second."""

    def handed_down(self, grad_h, grad_output):
        return grad_output


@misconception()
class EncBackwardMaskDropped(Layers):
    """The mask is missing in the backward pass, so gradient flows through hidden keys. Pass it to the forward pass that
    is recomputed and to the backward pass of attention."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        return super().encoder_layer_backward(grad_output, x, weights, num_heads, None)


@misconception()
class EncBackwardPrefixMissing(Layers):
    """The gradients of the weights have short names like "w_q.weight". They have the names of `weights`:
    "self_attention.w_q.weight"."""

    def named(self, found, weights):
        return {name.rpartition("_attention.")[2].removeprefix("feed_forward."): g for name, g in found.items()}


@misconception()
class EncBackwardNormWeightsMissing(Layers):
    """The gradients of the norms' gamma and beta are not returned. They are weights too: four more entries."""

    def named(self, found, weights):
        return {name: gradient for name, gradient in found.items() if ".norm." not in name}


@misconception()
class EncBackwardMeanOverBatch(Layers):
    """The gradients of the weights are averaged over the batch. All samples use the same weights: add them up."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        grad_x, found = super().encoder_layer_backward(grad_output, x, weights, num_heads, mask)
        return grad_x, {name: gradient / len(x) for name, gradient in found.items()}


@misconception()
class EncBackwardInPlace(Layers):
    """The upstream gradient is changed in place (`grad_output += …`): a backward pass must be repeatable. Make a new
    array."""

    def handed_down(self, grad_h, grad_output):
        grad_output[...] = grad_h
        return grad_h
