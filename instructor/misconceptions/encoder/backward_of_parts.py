"""Misconceptions about single parts of the encoder's backward pass: a norm, a residual connection, a sublayer."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.encoder.steps import Layers


@misconception()
class EncBackwardNoResidual1(Layers):
    """Around self-attention the gradient comes back through the sublayer only. Its residual connection passes the
    gradient of the sum to x as well: add it, as you do around the feed-forward network."""

    def attention_back(self, grad, x, weights, num_heads, mask, found):
        return super().attention_back(grad, x, weights, num_heads, mask, found) - grad


@misconception()
class EncBackwardNoResidual2(Layers):
    """Around the feed-forward network the gradient comes back through the sublayer only. Its residual connection passes
    the gradient of the sum to h as well: add it, as you do around self-attention."""

    def feed_forward_back(self, grad, h, x, weights, found):
        return super().feed_forward_back(grad, h, x, weights, found) - grad


@misconception()
class EncBackwardOfPreNorm(Layers):
    """This is the right backward pass of another layer, the pre-norm one, y = x + Sublayer(LayerNorm(x)). The layer
    here is LayerNorm(x + Sublayer(x)): go back through its norm first."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        found: dict = {}
        normed = self.normalise(x, weights, "residual1.norm")
        h = x + self.attend(normed, weights, num_heads, mask)
        of_ffn = self.feed_forward_back(grad_output, self.normalise(h, weights, "residual2.norm"), x, weights, found)
        grad_h = grad_output + self.norm_back(of_ffn, h, weights, "residual2.norm", found)
        of_attention = self.attention_back(grad_h, normed, weights, num_heads, mask, found)
        return grad_h + self.norm_back(of_attention, x, weights, "residual1.norm", found), found


@misconception()
class EncBackwardNormsSkipped(Layers):
    """The gradient skips the norms. Each norm changes it: go back through both."""

    def norm_back(self, grad, summed, weights, norm, found):
        super().norm_back(grad, summed, weights, norm, found)
        return grad


@misconception()
class EncBackwardNormOfOutput(Layers):
    """The backward pass of a norm is evaluated at what the norm returned. Evaluate it at what went in, the sum x +
    Sublayer(x)."""

    def norm_back(self, grad, summed, weights, norm, found):
        return super().norm_back(grad, self.normalise(summed, weights, norm), weights, norm, found)


@misconception()
class EncBackwardGammaForgotten(Layers):
    """The gradient comes back through the norms without their gain. Multiply the upstream gradient by gamma before
    anything else."""

    def norm_back(self, grad, summed, weights, norm, found):
        super().norm_back(grad, summed, weights, norm, found)
        ones = {f"{norm}.gamma": np.ones_like(weights[f"{norm}.gamma"])}
        return super().norm_back(grad, summed, weights | ones, norm, {})


@misconception()
class EncBackwardGammaLate(Layers):
    """The norms' gain is multiplied in at the end of their backward pass. Multiply the upstream gradient by gamma
    first: the two means are taken of the product."""

    def norm_back(self, grad, summed, weights, norm, found):
        super().norm_back(grad, summed, weights, norm, found)
        gamma = weights[f"{norm}.gamma"]
        ones = {f"{norm}.gamma": np.ones_like(gamma)}
        return gamma * super().norm_back(grad, summed, weights | ones, norm, {})


@misconception()
class EncBackwardStatisticsConstant(Layers):
    """Mean and variance are treated as constants in the norms' backward pass. Both depend on the sum: subtract the two
    terms that come back through them."""

    def norm_back(self, grad, summed, weights, norm, found):
        super().norm_back(grad, summed, weights, norm, found)
        variance = summed.var(axis=-1, keepdims=True)
        return weights[f"{norm}.gamma"] * grad / np.sqrt(variance + self.eps)


@misconception()
class EncBackwardNormsSwapped(Layers):
    """The backward passes of the norms use each other's gain. `residual2` comes first on the way back, then
    `residual1`."""

    def norm_back(self, grad, summed, weights, norm, found):
        other = "residual1.norm" if norm == "residual2.norm" else "residual2.norm"
        swapped = weights | {f"{norm}.gamma": weights[f"{other}.gamma"]}
        return super().norm_back(grad, summed, swapped, norm, found)


@misconception()
class EncBackwardNormShared(Layers):
    """Both norms go back with the gain of `residual1`. The second one has its own: use `residual2.norm.gamma`, as in
    the forward pass."""

    def norm_back(self, grad, summed, weights, norm, found):
        first = weights | {f"{norm}.gamma": weights["residual1.norm.gamma"]}
        return super().norm_back(grad, summed, first, norm, found)


@misconception()
class EncBackwardFirstNormOfInput(Layers):
    """The backward pass of the first norm is evaluated at x. That norm took the sum x + Attention(x): recompute it, and
    evaluate it there."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        self.entered = {"residual1.norm": x}
        return super().encoder_layer_backward(grad_output, x, weights, num_heads, mask)

    def norm_back(self, grad, summed, weights, norm, found):
        return super().norm_back(grad, self.entered.get(norm, summed), weights, norm, found)


@misconception()
class EncBackwardNormOfInput(EncBackwardFirstNormOfInput):
    """The backward pass of a norm is evaluated at the sublayer's input. The norm took the sum of the sublayer's input
    and output: recompute that sum."""

    def encoder_layer_backward(self, grad_output, x, weights, num_heads, mask=None):
        h = self.normalise(x + self.attend(x, weights, num_heads, mask), weights, "residual1.norm")
        self.entered = {"residual1.norm": x, "residual2.norm": h}
        return Layers.encoder_layer_backward(self, grad_output, x, weights, num_heads, mask)


@misconception()
class EncBackwardAttentionAtH(Layers):
    """The backward pass of attention is evaluated at h, what the first norm returned. Attention took the layer's input
    x: evaluate it there."""

    def attention_back(self, grad, x, weights, num_heads, mask, found):
        h = self.normalise(x + self.attend(x, weights, num_heads, mask), weights, "residual1.norm")
        return super().attention_back(grad, h, weights, num_heads, mask, found)


@misconception()
class EncBackwardQueryForgotten(Layers):
    """The gradient through the queries is missing. In self-attention x is query, key and value: add three
    gradients."""

    def all_three(self, of_q, of_k, of_v):
        return of_k + of_v


@misconception()
class EncBackwardKeyForgotten(Layers):
    """The gradient through the keys is missing. In self-attention x is query, key and value: add three gradients."""

    def all_three(self, of_q, of_k, of_v):
        return of_q + of_v


@misconception()
class EncBackwardValueForgotten(Layers):
    """The gradient through the values is missing. In self-attention x is query, key and value: add three gradients."""

    def all_three(self, of_q, of_k, of_v):
        return of_q + of_k


@misconception()
class EncBackwardMaskForwardOnly(Layers):
    """The mask reaches the forward pass that is recomputed, and not the backward pass of attention, so gradient flows
    through hidden keys. Hand the mask to both."""

    def attention_back(self, grad, x, weights, num_heads, mask, found):
        return super().attention_back(grad, x, weights, num_heads, None, found)


@misconception()
class EncBackwardOneHead(Layers):
    """The backward pass of attention runs with a single head. Pass `num_heads` on, as in the forward pass."""

    def attention_back(self, grad, x, weights, num_heads, mask, found):
        return super().attention_back(grad, x, weights, 1, mask, found)


class _Upstream(Layers):
    """Remembers the gradient of each norm's result, and which norm it was."""

    def norm_back(self, grad, summed, weights, norm, found):
        self.upstream, self.norm = grad, norm
        return super().norm_back(grad, summed, weights, norm, found)


@misconception()
class EncBackwardUpstreamIntoFfn(_Upstream):
    """The way back through the feed-forward network begins with the gradient of the norm's result. First go back
    through the norm: both paths begin with the gradient of the sum."""

    def feed_forward_back(self, grad, h, x, weights, found):
        return super().feed_forward_back(self.upstream, h, x, weights, found)


@misconception()
class EncBackwardUpstreamIntoAttention(_Upstream):
    """The way back through self-attention begins with the gradient of the norm's result. First go back through the
    norm: both paths begin with the gradient of the sum."""

    def attention_back(self, grad, x, weights, num_heads, mask, found):
        return super().attention_back(self.upstream, x, weights, num_heads, mask, found)


@misconception()
class EncBackwardUpstreamIntoBoth(_Upstream):
    """The way back through both sublayers begins with the gradient of a norm's result. First go back through the norm:
    both paths begin with the gradient of the sum."""

    def feed_forward_back(self, grad, h, x, weights, found):
        return super().feed_forward_back(self.upstream, h, x, weights, found)

    def attention_back(self, grad, x, weights, num_heads, mask, found):
        return super().attention_back(self.upstream, x, weights, num_heads, mask, found)


@misconception()
class EncBackwardUpstreamPastFfn(_Upstream):
    """The path past the feed-forward network begins with the gradient of the layer's result. First go back through the
    norm: both paths begin with the gradient of the sum."""

    def joined(self, direct, through_sublayer):
        return super().joined(self.upstream if "2" in self.norm else direct, through_sublayer)


@misconception()
class EncBackwardUpstreamPastAttention(_Upstream):
    """The path past self-attention begins with the gradient of what the first norm returned. First go back through the
    norm: both paths begin with the gradient of the sum."""

    def joined(self, direct, through_sublayer):
        return super().joined(self.upstream if "1" in self.norm else direct, through_sublayer)


@misconception()
class EncBackwardUpstreamPastBoth(_Upstream):
    """The paths past the sublayers begin with the gradient of a norm's result. First go back through the norm: both
    paths begin with the gradient of the sum."""

    def joined(self, direct, through_sublayer):
        return super().joined(self.upstream, through_sublayer)
