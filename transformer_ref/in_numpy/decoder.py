"""The decoder, section 3.1 and the right half of figure 1 of Vaswani et al. (2017), in NumPy."""

import numpy as np
from jaxtyping import Bool, Float

from transformer_ref.in_numpy.attention import multi_head_attention, multi_head_attention_backward
from transformer_ref.in_numpy.encoder import named, normalise_sum, part, sum_gradients
from transformer_ref.in_numpy.feed_forward import feed_forward, feed_forward_backward

Array = np.ndarray
Weights = dict[str, Array]


def decoder_layer(
    x: Float[Array, "batch tgt_tokens d_model"],
    memory: Float[Array, "batch src_tokens d_model"],
    weights: Weights,
    num_heads: int,
    tgt_mask: Bool[Array, "..."] | None = None,
    memory_mask: Bool[Array, "..."] | None = None,
) -> Float[Array, "batch tgt_tokens d_model"]:
    """h = LN(x + SelfAttention(x)), c = LN(h + CrossAttention(h, memory)), y = LN(c + FFN(c))   (section 3.1).

    `weights` holds those of `self_attention`, `cross_attention`, `feed_forward` and of `residual1.norm` to
    `residual3.norm`. `tgt_mask` is for self-attention, `memory_mask` for attention to the memory; True = may attend.
    """
    _, c, _, _ = _states(x, memory, weights, num_heads, tgt_mask, memory_mask)
    return normalise_sum(c, feed_forward(c, part(weights, "feed_forward")), weights, "residual3")


def decoder(
    x: Float[Array, "batch tgt_tokens d_model"],
    memory: Float[Array, "batch src_tokens d_model"],
    layers: list[Weights],
    num_heads: int,
    tgt_mask: Bool[Array, "..."] | None = None,
    memory_mask: Bool[Array, "..."] | None = None,
) -> Float[Array, "batch tgt_tokens d_model"]:
    """Decoder(x, memory) = Layer_N(… Layer₁(x, memory), memory)   (section 3.1), no norm at the end."""
    for weights in layers:
        x = decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
    return x


def decoder_layer_backward(
    grad_output: Float[Array, "batch tgt_tokens d_model"],
    x: Float[Array, "batch tgt_tokens d_model"],
    memory: Float[Array, "batch src_tokens d_model"],
    weights: Weights,
    num_heads: int,
    tgt_mask: Bool[Array, "..."] | None = None,
    memory_mask: Bool[Array, "..."] | None = None,
) -> tuple[Float[Array, "batch tgt_tokens d_model"], Float[Array, "batch src_tokens d_model"], Weights]:
    """∂L/∂x and ∂L/∂memory of a decoder layer: the forward pass walked in reverse.

    The memory is key and value of the cross-attention, so its two gradients add up; in a stack, so do those of all
    layers. Returns the gradients of x and of the memory, and those of the weights under the keys of `weights`.
    """
    own, cross, ffn = (part(weights, name) for name in ("self_attention", "cross_attention", "feed_forward"))
    h, c, attended, crossed = _states(x, memory, weights, num_heads, tgt_mask, memory_mask)
    grad_sum, gradients = sum_gradients(grad_output, c + feed_forward(c, ffn), weights, "residual3")
    grad_c, of_ffn = feed_forward_backward(grad_sum, c, ffn)
    grad_sum, of_norm2 = sum_gradients(grad_sum + grad_c, h + crossed, weights, "residual2")
    grad_h, grad_k, grad_v, of_cross = multi_head_attention_backward(
        grad_sum, h, memory, memory, cross, num_heads, memory_mask
    )
    grad_sum, of_norm1 = sum_gradients(grad_sum + grad_h, x + attended, weights, "residual1")
    *grad_qkv, of_own = multi_head_attention_backward(grad_sum, x, x, x, own, num_heads, tgt_mask)
    gradients |= of_norm1 | of_norm2 | named(of_ffn, "feed_forward")
    gradients |= named(of_own, "self_attention") | named(of_cross, "cross_attention")
    return grad_sum + sum(grad_qkv), grad_k + grad_v, {name: gradients[name] for name in weights if name in gradients}


def _states(
    x: Array, memory: Array, weights: Weights, num_heads: int, tgt_mask: Array | None, memory_mask: Array | None
) -> tuple[Array, Array, Array, Array]:
    """The states after the first two sublayers, and what the two attentions returned."""
    attended, _ = multi_head_attention(x, x, x, part(weights, "self_attention"), num_heads, tgt_mask)
    h = normalise_sum(x, attended, weights, "residual1")
    crossed, _ = multi_head_attention(h, memory, memory, part(weights, "cross_attention"), num_heads, memory_mask)
    return h, normalise_sum(h, crossed, weights, "residual2"), attended, crossed
