"""As a language model writes it: a frozen config, asserts, a try, a star for the keyword-only rest, long docstrings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Final, Optional, Tuple

import numpy as np
import torch
import torch.nn as nn

LINEAR_ONE_WEIGHT: Final[str] = "linear1.weight"
LINEAR_ONE_BIAS: Final[str] = "linear1.bias"
LINEAR_TWO_WEIGHT: Final[str] = "linear2.weight"
LINEAR_TWO_BIAS: Final[str] = "linear2.bias"


@dataclass(frozen=True)
class FeedForwardConfig:
    """Immutable configuration container.

    Attributes:
        d_model: Size of each input and output vector.
        d_ff: Size of the hidden layer.
        dropout: Probability of dropping a hidden unit, in ``[0, 1]``.
    """

    d_model: int
    d_ff: int
    dropout: float = 0.1

    def __post_init__(self) -> None:
        if self.d_model <= 0 or self.d_ff <= 0:
            raise ValueError("sizes must be positive")
        if not 0.0 <= self.dropout <= 1.0:
            raise ValueError(f"dropout must be a probability, got {self.dropout}")


def _fetch(weights: Dict[str, np.ndarray], name: str) -> np.ndarray:
    try:
        return np.asarray(weights[name])
    except KeyError as error:
        raise KeyError(f"missing parameter: {name!r}") from error


def relu(x: np.ndarray) -> np.ndarray:
    """Apply the rectified linear unit.

    Args:
        x: Array of any shape.

    Returns:
        Array of the same shape with negative entries replaced by zero.
    """
    activated_values = np.maximum(x, np.zeros_like(x))
    assert activated_values.shape == np.shape(x), "ReLU must preserve the shape"
    return activated_values


def feed_forward(x: np.ndarray, weights: Dict[str, np.ndarray]) -> np.ndarray:
    """Apply two linear transformations with a ReLU in between."""
    first_layer_weight, first_layer_bias = _fetch(weights, LINEAR_ONE_WEIGHT), _fetch(weights, LINEAR_ONE_BIAS)
    second_layer_weight, second_layer_bias = _fetch(weights, LINEAR_TWO_WEIGHT), _fetch(weights, LINEAR_TWO_BIAS)
    if x.shape[-1] != first_layer_weight.shape[1]:
        raise ValueError(f"expected {first_layer_weight.shape[1]} features, got {x.shape[-1]}")
    hidden_activations = relu(np.matmul(x, first_layer_weight.T) + first_layer_bias)
    return np.matmul(hidden_activations, second_layer_weight.T) + second_layer_bias


def feed_forward_backward(
    grad_output: np.ndarray, x: np.ndarray, weights: Dict[str, np.ndarray]
) -> Tuple[np.ndarray, Dict[str, np.ndarray]]:
    """Propagate ``grad_output`` back to the input and to all four parameters."""
    assert grad_output.shape == x.shape, "upstream gradient and input must agree in shape"
    pre_activation = np.matmul(x, _fetch(weights, LINEAR_ONE_WEIGHT).T) + _fetch(weights, LINEAR_ONE_BIAS)
    hidden_activations = relu(pre_activation)
    grad_hidden = np.matmul(grad_output, _fetch(weights, LINEAR_TWO_WEIGHT))
    grad_pre_activation = np.where(pre_activation > 0, grad_hidden, 0.0)
    flatten = lambda array: array.reshape(-1, array.shape[-1])
    flat = {
        "x": flatten(x),
        "hidden": flatten(hidden_activations),
        "grad_output": flatten(grad_output),
        "grad_pre_activation": flatten(grad_pre_activation),
    }
    grad_weights = {
        LINEAR_ONE_WEIGHT: np.matmul(flat["grad_pre_activation"].T, flat["x"]),
        LINEAR_ONE_BIAS: np.sum(flat["grad_pre_activation"], axis=0),
        LINEAR_TWO_WEIGHT: np.matmul(flat["grad_output"].T, flat["hidden"]),
        LINEAR_TWO_BIAS: np.sum(flat["grad_output"], axis=0),
    }
    grad_x = np.matmul(grad_pre_activation, _fetch(weights, LINEAR_ONE_WEIGHT))
    return grad_x, {name: grad_weights[name] for name in weights}


class FeedForward(nn.Module):
    """Position-wise feed-forward network with configurable dropout."""

    def __init__(
        self, d_model: int, d_ff: int, dropout: float = 0.1, *, config: Optional[FeedForwardConfig] = None, **_: Any
    ) -> None:
        super().__init__()
        self.config = config or FeedForwardConfig(d_model=d_model, d_ff=d_ff, dropout=dropout)
        self.linear1 = nn.Linear(self.config.d_model, self.config.d_ff)
        self.linear2 = nn.Linear(self.config.d_ff, self.config.d_model)
        self.activation = nn.ReLU(inplace=False)
        self.dropout = nn.Dropout(p=self.config.dropout)
        self._init_weights()

    def _init_weights(self) -> None:
        for module in self.modules():
            match module:
                case nn.Linear(weight=weight, bias=bias):
                    nn.init.xavier_uniform_(weight)
                    nn.init.zeros_(bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute ``W2 · dropout(relu(W1 · x + b1)) + b2``."""
        if not isinstance(x, torch.Tensor):
            raise TypeError(f"expected a tensor, got {type(x).__name__}")
        hidden = self.linear1(x)
        hidden = self.activation(hidden)
        hidden = self.dropout(hidden)
        return self.linear2(hidden)
