"""The encoder, section 3.1 and the left half of figure 1 of Vaswani et al. (2017), in NumPy."""

import numpy as np
from jaxtyping import Bool, Float

from transformer_ref.in_numpy.attention import multi_head_attention, multi_head_attention_backward
from transformer_ref.in_numpy.feed_forward import feed_forward, feed_forward_backward
from transformer_ref.in_numpy.layer_norm import layer_norm, layer_norm_backward

Array = np.ndarray
Weights = dict[str, Array]


def encoder_layer(
    x: Float[Array, "batch tokens d_model"], weights: Weights, num_heads: int, mask: Bool[Array, "..."] | None = None
) -> Float[Array, "batch tokens d_model"]:
    """h = LayerNorm(x + SelfAttention(x)), y = LayerNorm(h + FFN(h))   (section 3.1).

    `weights` holds those of `self_attention`, `feed_forward`, `residual1.norm` and `residual2.norm`, with a dot behind
    each name. `mask` broadcasts to (batch, heads, tokens, tokens), True = may attend.
    """
    attended, _ = multi_head_attention(x, x, x, part(weights, "self_attention"), num_heads, mask)
    h = normalise_sum(x, attended, weights, "residual1")
    return normalise_sum(h, feed_forward(h, part(weights, "feed_forward")), weights, "residual2")


def encoder(
    x: Float[Array, "batch tokens d_model"],
    layers: list[Weights],
    num_heads: int,
    mask: Bool[Array, "..."] | None = None,
) -> Float[Array, "batch tokens d_model"]:
    """Encoder(x) = Layer_N(… Layer₁(x))   (section 3.1); `layers` holds the weights of each, no norm at the end."""
    for weights in layers:
        x = encoder_layer(x, weights, num_heads, mask)
    return x


def encoder_layer_backward(
    grad_output: Float[Array, "batch tokens d_model"],
    x: Float[Array, "batch tokens d_model"],
    weights: Weights,
    num_heads: int,
    mask: Bool[Array, "..."] | None = None,
) -> tuple[Float[Array, "batch tokens d_model"], Weights]:
    """∂L/∂x of an encoder layer: the forward pass walked in reverse; a residual's two gradients add up.

    Returns the gradient of x and those of the weights, under the keys of `weights`.
    """
    attention, ffn = part(weights, "self_attention"), part(weights, "feed_forward")
    attended, _ = multi_head_attention(x, x, x, attention, num_heads, mask)
    h = normalise_sum(x, attended, weights, "residual1")
    grad_sum, gradients = sum_gradients(grad_output, h + feed_forward(h, ffn), weights, "residual2")
    grad_h, of_ffn = feed_forward_backward(grad_sum, h, ffn)
    grad_sum, of_norm = sum_gradients(grad_sum + grad_h, x + attended, weights, "residual1")
    *grad_qkv, of_attention = multi_head_attention_backward(grad_sum, x, x, x, attention, num_heads, mask)
    gradients |= of_norm | named(of_ffn, "feed_forward") | named(of_attention, "self_attention")
    return grad_sum + sum(grad_qkv), {name: gradients[name] for name in weights if name in gradients}


def part(weights: Weights, name: str) -> Weights:
    """The weights of one part: those whose names begin with `name` and a dot, without it."""
    return {key.removeprefix(f"{name}."): array for key, array in weights.items() if key.startswith(f"{name}.")}


def named(weights: Weights, name: str) -> Weights:
    """The opposite of `part`: put `name` and a dot before every name."""
    return {f"{name}.{key}": array for key, array in weights.items()}


def normalise_sum(
    x: Float[Array, "batch tokens d_model"], sublayer: Float[Array, "batch tokens d_model"], weights: Weights, name: str
) -> Float[Array, "batch tokens d_model"]:
    """LayerNorm(x + Sublayer(x)), with the norm of the residual connection `name`."""
    return layer_norm(x + sublayer, weights[f"{name}.norm.gamma"], weights[f"{name}.norm.beta"])


def sum_gradients(
    grad_output: Float[Array, "batch tokens d_model"],
    summed: Float[Array, "batch tokens d_model"],
    weights: Weights,
    name: str,
) -> tuple[Float[Array, "batch tokens d_model"], Weights]:
    """The gradient of the sum that `normalise_sum` normalises, and those of its norm's weights."""
    gamma, beta = f"{name}.norm.gamma", f"{name}.norm.beta"
    grad_sum, grad_gamma, grad_beta = layer_norm_backward(grad_output, summed, weights[gamma])
    return grad_sum, {gamma: grad_gamma, beta: grad_beta}
