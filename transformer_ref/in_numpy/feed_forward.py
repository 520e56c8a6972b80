"""The position-wise feed-forward network, section 3.3 of Vaswani et al. (2017), in NumPy."""

import numpy as np
from jaxtyping import Float

Array = np.ndarray
Weights = dict[str, Array]


def relu(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """relu(x) = max(0, x)."""
    return np.maximum(x, 0)


def feed_forward(x: Float[Array, "*leading d_model"], weights: Weights) -> Float[Array, "*leading d_model"]:
    """FFN(x) = max(0, xW₁ + b₁)W₂ + b₂   (eq. 2), every position on its own.

    `weights` holds `linear1.weight` (d_ff, d_model), `linear1.bias` (d_ff), `linear2.weight` (d_model, d_ff) and
    `linear2.bias` (d_model).
    """
    hidden = relu(x @ weights["linear1.weight"].T + weights["linear1.bias"])
    return hidden @ weights["linear2.weight"].T + weights["linear2.bias"]


def feed_forward_backward(
    grad_output: Float[Array, "*leading d_model"], x: Float[Array, "*leading d_model"], weights: Weights
) -> tuple[Float[Array, "*leading d_model"], Weights]:
    """∂L/∂x = ((∂L/∂y W₂ᵀ) ⊙ [xW₁ + b₁ > 0]) W₁ᵀ, from ∂L/∂y; the weights' gradients sum over all positions.

    Returns the gradient of x and those of the weights, under the keys of `weights`.
    """
    before = x @ weights["linear1.weight"].T + weights["linear1.bias"]
    grad_before = (grad_output @ weights["linear2.weight"]) * (before > 0)
    gradients = linear_gradients("linear1", grad_before, x) | linear_gradients("linear2", grad_output, relu(before))
    return grad_before @ weights["linear1.weight"], gradients


def linear_gradients(
    name: str, grad_output: Float[Array, "*leading d_out"], x: Float[Array, "*leading d_in"]
) -> Weights:
    """∂L/∂W = (∂L/∂y)ᵀ x and ∂L/∂b = Σ ∂L/∂y of y = xWᵀ + b, summed over all leading axes."""
    rows, inputs = grad_output.reshape(-1, grad_output.shape[-1]), x.reshape(-1, x.shape[-1])
    return {f"{name}.weight": rows.T @ inputs, f"{name}.bias": rows.sum(axis=0)}
