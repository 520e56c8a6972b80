from functools import lru_cache

import numpy as np


@lru_cache(maxsize=None)
def _exponents(d_model: int) -> np.ndarray:
    k = np.arange(d_model)
    return (k - k % 2) / d_model


def positional_encoding(num_positions: int, d_model: int) -> np.ndarray:
    """Sine where the column is even, cosine where it is odd."""
    angle = np.fromfunction(lambda pos, k: pos / np.power(1e4, _exponents(d_model)), (num_positions, d_model))
    even = np.arange(d_model) % 2 == 0
    print("angles", angle.shape)
    return np.where(even, np.sin(angle), np.cos(angle))
