"""As a language model writes it: dataclass, checks, a protocol, long docstrings, a helper for every step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor, nn


class TokenStatistics(NamedTuple):
    """The statistics of each token, computed over its features."""

    mean: np.ndarray
    variance: np.ndarray


class SublayerProtocol(Protocol):
    """Anything that maps a tensor to a tensor of the same shape."""

    def __call__(self, hidden_states: Tensor, /) -> Tensor: ...


@dataclass(frozen=True)
class LayerNormConfig:
    """Configuration for layer normalization."""

    normalized_size: int
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        if self.normalized_size < 1:
            raise ValueError(f"normalized_size must be at least 1, got {self.normalized_size}")
        if self.epsilon < 0:
            raise ValueError(f"epsilon must not be negative, got {self.epsilon}")


def _compute_statistics(hidden_states: np.ndarray) -> TokenStatistics:
    """Compute the mean and the biased variance over the last axis."""
    mean = np.mean(hidden_states, axis=-1, keepdims=True)
    variance = np.mean(np.square(hidden_states - mean), axis=-1, keepdims=True)
    return TokenStatistics(mean=mean, variance=variance)


def layer_norm(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    """Apply layer normalization over the last axis.

    Args:
        x: Input of shape ``(..., d_model)``.
        gamma: Scale of shape ``(d_model,)``.
        beta: Shift of shape ``(d_model,)``.
        eps: Added to the variance for numerical stability.

    Returns:
        The normalized array, of the same shape as ``x``.
    """
    if x.shape[-1:] != gamma.shape or gamma.shape != beta.shape:
        raise ValueError(f"shapes do not match: {x.shape}, {gamma.shape}, {beta.shape}")
    statistics = _compute_statistics(x)
    standard_deviation = np.sqrt(statistics.variance + eps)
    normalized_states = (x - statistics.mean) / standard_deviation
    return gamma[np.newaxis, :] * normalized_states + beta if x.ndim > 1 else gamma * normalized_states + beta


def layer_norm_backward(
    grad_output: np.ndarray, x: np.ndarray, gamma: np.ndarray, eps: float = 1e-5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compute the gradients of layer normalization.

    Returns:
        A tuple ``(grad_x, grad_gamma, grad_beta)``.
    """
    assert grad_output.shape == x.shape, "grad_output and x must have the same shape"
    number_of_features = x.shape[-1]
    statistics = _compute_statistics(x)
    inverse_deviation = np.reciprocal(np.sqrt(statistics.variance + eps))
    normalized_states = (x - statistics.mean) * inverse_deviation
    grad_normalized = grad_output * gamma
    term_total = number_of_features * grad_normalized
    term_mean = np.sum(grad_normalized, axis=-1, keepdims=True)
    term_variance = normalized_states * np.sum(grad_normalized * normalized_states, axis=-1, keepdims=True)
    grad_x = inverse_deviation / number_of_features * (term_total - term_mean - term_variance)
    reduction_axes = tuple(axis for axis in range(x.ndim) if axis != x.ndim - 1)
    grad_gamma = np.add.reduce(grad_output * normalized_states, axis=reduction_axes)
    grad_beta = np.add.reduce(grad_output, axis=reduction_axes)
    return grad_x, grad_gamma, grad_beta


class LayerNorm(nn.Module):
    """Layer normalization with a learnable scale and shift."""

    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.config = LayerNormConfig(normalized_size=d_model, epsilon=eps)
        self.gamma: nn.Parameter = nn.Parameter(torch.ones(self.config.normalized_size))
        self.beta: nn.Parameter = nn.Parameter(torch.zeros(self.config.normalized_size))

    @property
    def epsilon(self) -> float:
        return self.config.epsilon

    def _validate(self, hidden_states: Tensor) -> None:
        if hidden_states.size(-1) != self.config.normalized_size:
            raise ValueError(f"expected {self.config.normalized_size} features, got {hidden_states.size(-1)}")
        if not torch.is_floating_point(hidden_states):
            raise TypeError(f"expected a floating point tensor, got {hidden_states.dtype}")

    def forward(self, x: Tensor) -> Tensor:
        self._validate(x)
        centered_states = x - torch.mean(x, dim=-1, keepdim=True)
        variance = torch.mean(torch.square(centered_states), dim=-1, keepdim=True)
        normalized_states = centered_states * torch.reciprocal(torch.sqrt(variance + self.epsilon))
        return normalized_states * self.gamma.expand_as(x) + self.beta.expand_as(x)


class ResidualConnection(nn.Module):
    """A residual connection followed by layer normalization (post-norm)."""

    def __init__(self, d_model: int, dropout: float = 0.1) -> None:
        super().__init__()
        if not 0.0 <= dropout <= 1.0:
            raise ValueError(f"dropout must be a probability, got {dropout}")
        self.norm = LayerNorm(d_model=d_model)
        self.dropout_layer = nn.Dropout(p=dropout)

    def forward(self, x: Tensor, sublayer: SublayerProtocol) -> Tensor:
        """Return ``norm(x + dropout(sublayer(x)))``."""
        sublayer_output = sublayer(x)
        if sublayer_output.shape != x.shape:
            raise RuntimeError(
                f"the sublayer changed the shape from {tuple(x.shape)} to {tuple(sublayer_output.shape)}"
            )
        return self.norm(x + self.dropout_layer(sublayer_output))
