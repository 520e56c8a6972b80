"""Layer normalization (section 3.1 of Vaswani et al., 2017; Ba et al., 2016), in NumPy."""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def layer_norm(
    x: Float[Array, "*leading d_model"],
    gamma: Float[Array, " d_model"],
    beta: Float[Array, " d_model"],
    eps: float = 1e-5,
) -> Float[Array, "*leading d_model"]:
    """LayerNorm(x) = γ (x - μ) / √(σ² + ε) + β, with the mean μ and the biased variance σ² of the last axis."""
    return gamma * _normalised(x, eps)[0] + beta


def layer_norm_backward(
    grad_output: Float[Array, "*leading d_model"],
    x: Float[Array, "*leading d_model"],
    gamma: Float[Array, " d_model"],
    eps: float = 1e-5,
) -> tuple[Float[Array, "*leading d_model"], Float[Array, " d_model"], Float[Array, " d_model"]]:
    """∂L/∂x = (g - mean(g) - x̂ mean(g x̂)) / √(σ² + ε), where g = γ ∂L/∂y and x̂ = (x - μ) / √(σ² + ε).

    The three terms are the ways that x takes: directly, through μ, and through σ. Returns the gradients of x, γ and β.
    """
    normalised, deviation = _normalised(x, eps)
    g = gamma * grad_output
    through_mean = g.mean(axis=-1, keepdims=True)
    through_deviation = normalised * (g * normalised).mean(axis=-1, keepdims=True)
    leading = tuple(range(x.ndim - 1))
    grad_x = (g - through_mean - through_deviation) / deviation
    return grad_x, (grad_output * normalised).sum(axis=leading), grad_output.sum(axis=leading)


def _normalised(
    x: Float[Array, "*leading d_model"], eps: float
) -> tuple[Float[Array, "*leading d_model"], Float[Array, "*leading 1"]]:
    deviation = np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    return (x - x.mean(axis=-1, keepdims=True)) / deviation, deviation
