"""As a language model writes it: a frozen dataclass for the configuration, checks, long docstrings, verbose names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

MAXIMUM_WAVELENGTH_BASE: Final[float] = 10_000.0


@dataclass(frozen=True, slots=True)
class PositionalEncodingConfig:
    """Configuration of the sinusoidal positional encoding.

    Attributes:
        model_dimension: Number of features of each token. Must be positive and even.
        maximum_length: Largest number of positions that is supported.
        dropout_probability: Probability with which a number is dropped during training.
    """

    model_dimension: int
    maximum_length: int
    dropout_probability: float = 0.1

    def __post_init__(self) -> None:
        if self.model_dimension <= 0 or self.model_dimension % 2 != 0:
            raise ValueError(f"model_dimension must be positive and even, got {self.model_dimension}")
        if self.maximum_length <= 0:
            raise ValueError(f"maximum_length must be positive, got {self.maximum_length}")
        if not 0.0 <= self.dropout_probability < 1.0:
            raise ValueError(f"dropout_probability must be in [0, 1), got {self.dropout_probability}")

    @property
    def number_of_pairs(self) -> int:
        return self.model_dimension // 2


def _compute_inverse_frequencies(configuration: PositionalEncodingConfig) -> npt.NDArray[np.float64]:
    """Compute the inverse frequencies, one for each pair of features."""
    pair_indices = np.arange(configuration.number_of_pairs, dtype=np.float64)
    exponents = 2.0 * pair_indices / configuration.model_dimension
    return np.exp(-exponents * math.log(MAXIMUM_WAVELENGTH_BASE))


def positional_encoding(num_positions: int, d_model: int) -> npt.NDArray[np.float64]:
    """Compute the table of sinusoidal positional encodings.

    Args:
        num_positions: The number of positions (rows).
        d_model: The number of features (columns).

    Returns:
        An array of shape ``(num_positions, d_model)``.

    Raises:
        ValueError: If ``d_model`` is odd.

    Example:
        >>> positional_encoding(1, 4)
        array([[0., 1., 0., 1.]])
    """
    configuration = PositionalEncodingConfig(d_model, num_positions)
    angles = np.arange(num_positions, dtype=np.float64).reshape(-1, 1) @ _compute_inverse_frequencies(
        configuration
    ).reshape(1, -1)
    encoding_table = np.zeros((num_positions, d_model), dtype=np.float64)
    np.put_along_axis(encoding_table, np.arange(0, d_model, 2)[np.newaxis, :], np.sin(angles), axis=1)
    np.put_along_axis(encoding_table, np.arange(1, d_model, 2)[np.newaxis, :], np.cos(angles), axis=1)
    assert encoding_table.shape == (num_positions, d_model), "unexpected shape"
    return encoding_table


class PositionalEncoding(nn.Module):
    """Adds sinusoidal positional encodings to token embeddings and applies dropout."""

    encoding_table: Tensor

    def __init__(self, d_model: int, max_len: int = 5000, dropout: float = 0.1) -> None:
        super().__init__()
        self.configuration = PositionalEncodingConfig(
            model_dimension=d_model, maximum_length=max_len, dropout_probability=dropout
        )
        self.dropout_layer: nn.Module = nn.Dropout(p=self.configuration.dropout_probability)
        self.register_buffer("encoding_table", torch.as_tensor(positional_encoding(max_len, d_model)).unsqueeze(dim=0))

    def extra_repr(self) -> str:
        return f"{self.configuration}"

    def forward(self, x: Tensor) -> Tensor:
        """Add the positional encoding.

        Args:
            x: Tensor of shape ``(batch, tokens, d_model)``.

        Returns:
            Tensor of the same shape and dtype as ``x``.
        """
        _, sequence_length, model_dimension = x.shape
        if model_dimension != self.configuration.model_dimension:
            raise ValueError(f"expected {self.configuration.model_dimension} features, got {model_dimension}")
        if sequence_length > self.configuration.maximum_length:
            raise ValueError(f"sequence of length {sequence_length} exceeds {self.configuration.maximum_length}")
        with torch.no_grad():
            encoding_slice = self.encoding_table[:, :sequence_length, :].to(device=x.device, dtype=x.dtype)
        return self.dropout_layer(x + encoding_slice)
