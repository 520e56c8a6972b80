"""Misconceptions about single parts of the decoder's backward pass: a norm, a residual connection, a sublayer."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.decoder.steps import Decoding


@misconception()
class DecBwdSelfResidualForgotten(Decoding):
    """Around self-attention the gradient comes back through the sublayer only. Its residual connection passes the
    gradient of the sum to x as well: add it."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return through_sublayer if number == 1 else grad_sum + through_sublayer


@misconception()
class DecBwdFfnResidualForgotten(Decoding):
    """Around the feed-forward network the gradient comes back through the sublayer only. Its residual connection passes
    the gradient of the sum on as well: add it."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return through_sublayer if number == 3 else grad_sum + through_sublayer


@misconception()
class DecBwdUpstreamPastSelf(Decoding):
    """The path past self-attention begins with the gradient of what the norm returned. First go back through the norm:
    both paths begin with the gradient of the sum."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return (grad_output if number == 1 else grad_sum) + through_sublayer


@misconception()
class DecBwdUpstreamPastCross(Decoding):
    """The path past cross-attention begins with the gradient of what the norm returned. First go back through the norm:
    both paths begin with the gradient of the sum."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return (grad_output if number == 2 else grad_sum) + through_sublayer


@misconception()
class DecBwdUpstreamPastFfn(Decoding):
    """The path past the feed-forward network begins with the gradient of what the norm returned. First go back through
    the norm: both paths begin with the gradient of the sum."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return (grad_output if number == 3 else grad_sum) + through_sublayer


@misconception()
class DecBwdSublayersForgotten(Decoding):
    """The gradient comes back along the residual connections only. It also goes through each sublayer: add the two."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return grad_sum


@misconception()
class DecBwdFfnForgotten(Decoding):
    """Around the feed-forward network the gradient comes back through the residual connection only. It also goes
    through the network: add the two."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return grad_sum if number == 3 else grad_sum + through_sublayer


@misconception()
class DecBwdSelfForgotten(Decoding):
    """Around self-attention the gradient comes back through the residual connection only. It also goes through
    attention: add the two."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return grad_sum if number == 1 else grad_sum + through_sublayer


@misconception()
class DecBwdSelfQueryForgotten(Decoding):
    """In self-attention the gradient through the queries is missing. The same x is query, key and value: add all
    three."""

    def of_x(self, grad_q, grad_k, grad_v):
        return grad_k + grad_v


@misconception()
class DecBwdSelfValueForgotten(Decoding):
    """In self-attention the gradient through the values is missing. The same x is query, key and value: add all
    three."""

    def of_x(self, grad_q, grad_k, grad_v):
        return grad_q + grad_k


@misconception()
class DecBwdNormOfOutput(Decoding):
    """The backward pass of a norm is evaluated at what the norm returned. Evaluate it at what went in, the sum."""

    def norm_back(self, number, grad_output, summed, x):
        return super().norm_back(number, grad_output, self.norm_again(number, summed), x)


@misconception()
class DecBwdGammaForgotten(Decoding):
    """The gradient comes back through the norms without their gain. Multiply the upstream gradient by gamma before
    anything else."""

    def norm_back(self, number, grad_output, summed, x):
        grad_sum = without_gain(self, number, grad_output, summed, x)
        super().norm_back(number, grad_output, summed, x)
        return grad_sum


@misconception()
class DecBwdGammaLate(Decoding):
    """The norms' gain is multiplied in at the end of their backward pass. Multiply the upstream gradient by gamma
    first: the two means are taken of the product."""

    def norm_back(self, number, grad_output, summed, x):
        grad_sum = without_gain(self, number, grad_output, summed, x)
        super().norm_back(number, grad_output, summed, x)
        return self.weights[f"residual{number}.norm.gamma"] * grad_sum


def without_gain(steps, number, grad_output, summed, x):
    """The gradient through a norm whose gain is 1."""
    weights = steps.weights
    name = f"residual{number}.norm.gamma"
    steps.weights = weights | {name: np.ones_like(weights[name])}
    grad_sum = Decoding.norm_back(steps, number, grad_output, summed, x)
    steps.weights = weights
    return grad_sum


@misconception()
class DecBwdStatisticsConstant(Decoding):
    """Mean and variance are treated as constants in the norms' backward pass. Both depend on the sum: subtract the two
    terms that come back through them."""

    def norm_back(self, number, grad_output, summed, x):
        super().norm_back(number, grad_output, summed, x)
        deviation = np.sqrt(summed.var(axis=-1, keepdims=True) + 1e-5)
        return self.weights[f"residual{number}.norm.gamma"] * grad_output / deviation


@misconception()
class DecBwdNormsSwapped(Decoding):
    """On the way back the norms are taken in the order of the forward pass: the gain of `residual1` comes first. Begin
    with `residual3`, the last one."""

    def norm_back(self, number, grad_output, summed, x):
        weights, name = self.weights, "residual{}.norm.gamma"
        self.weights = weights | {name.format(number): weights[name.format(4 - number)]}
        grad_sum = super().norm_back(number, grad_output, summed, x)
        self.weights = weights
        return grad_sum


@misconception()
class DecBwdUpstreamForAll(Decoding):
    """The gradient of the output is passed to every sublayer. Each one gets what comes back from the sublayer after
    it."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        joined = super().join(number, grad_sum, through_sublayer, grad_output)
        return joined if number == 1 else grad_output


@misconception()
class DecBwdTgtMaskForgotten(Decoding):
    """The backward pass of self-attention forgets its mask, so later tokens get a gradient. Pass `tgt_mask` on."""

    def attend_back(self, name, grad_output, q, k, v, mask):
        return super().attend_back(name, grad_output, q, k, v, mask if name == "cross_attention" else None)


@misconception()
class DecBwdMasksSwapped(Decoding):
    """In the backward pass the masks are swapped. `tgt_mask` is for self-attention, `memory_mask` for cross-attention,
    in both directions."""

    def decoder_layer_backward(self, grad_output, x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
        return super().decoder_layer_backward(grad_output, x, memory, weights, num_heads, memory_mask, tgt_mask)


@misconception()
class DecBwdAttentionsSwapped(Decoding):
    """In the backward pass the attentions use each other's weights. Cross-attention comes first on the way back, with
    its own weights, then self-attention."""

    def attend_back(self, name, grad_output, q, k, v, mask):
        other = "self_attention" if name == "cross_attention" else "cross_attention"
        return super().attend_back(other, grad_output, q, k, v, mask)


@misconception()
class DecBwdOneHead(Decoding):
    """The backward passes of the attentions run with a single head. Pass `num_heads` on, as in the forward pass."""

    def attend_back(self, name, grad_output, q, k, v, mask):
        heads, self.num_heads = self.num_heads, 1
        grads = super().attend_back(name, grad_output, q, k, v, mask)
        self.num_heads = heads
        return grads


@misconception()
class DecBwdMemoryIntoTarget(Decoding):
    """The gradient through the keys and values of cross-attention is added to the target's. They were the memory: that
    gradient is the memory's alone."""

    def cross_back(self, grad_output, x, h, memory, mask):
        grad_h, grad_memory = super().cross_back(grad_output, x, h, memory, mask)
        return grad_h + grad_memory.mean(axis=1, keepdims=True), grad_memory


class _Upstream(Decoding):
    """Remembers the gradient of each norm's result."""

    def norm_back(self, number, grad_output, summed, x):
        self.upstream = grad_output
        return super().norm_back(number, grad_output, summed, x)


@misconception()
class DecBwdUpstreamIntoFfn(_Upstream):
    """The way back through the feed-forward network begins with the gradient of the norm's result. First go back
    through the norm: both paths begin with the gradient of the sum."""

    def feed_forward_back(self, grad_output, h, c):
        return super().feed_forward_back(self.upstream, h, c)


@misconception()
class DecBwdUpstreamIntoCross(_Upstream):
    """The way back through cross-attention begins with the gradient of the norm's result. First go back through the
    norm: both paths begin with the gradient of the sum."""

    def cross_back(self, grad_output, x, h, memory, mask):
        return super().cross_back(self.upstream, x, h, memory, mask)


@misconception()
class DecBwdUpstreamIntoSelf(_Upstream):
    """The way back through self-attention begins with the gradient of the norm's result. First go back through the
    norm: both paths begin with the gradient of the sum."""

    def own_back(self, grad_output, x, mask):
        return super().own_back(self.upstream, x, mask)


@misconception()
class DecBwdUpstreamIntoAll(_Upstream):
    """The way back through every sublayer begins with the gradient of a norm's result. First go back through the norm:
    both paths begin with the gradient of the sum."""

    def feed_forward_back(self, grad_output, h, c):
        return super().feed_forward_back(self.upstream, h, c)

    def cross_back(self, grad_output, x, h, memory, mask):
        return super().cross_back(self.upstream, x, h, memory, mask)

    def own_back(self, grad_output, x, mask):
        return super().own_back(self.upstream, x, mask)
