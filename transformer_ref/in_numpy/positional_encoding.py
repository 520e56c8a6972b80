"""Positional encoding, section 3.5 of Vaswani et al. (2017), in NumPy."""

import numpy as np
from jaxtyping import Float


def positional_encoding(num_positions: int, d_model: int) -> Float[np.ndarray, "{num_positions} {d_model}"]:
    """PE(pos, 2i) = sin(pos / 10000^(2i / d_model)), PE(pos, 2i + 1) = cos(pos / 10000^(2i / d_model)).

    `d_model` is even; sine and cosine of one frequency stand side by side.
    """
    positions = np.arange(num_positions)[:, None]
    angles = positions / 10000 ** (np.arange(0, d_model, 2) / d_model)
    table = np.empty((num_positions, d_model))
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles)
    return table
