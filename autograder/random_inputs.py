"""Random inputs for cases, the same for the same seed."""

import hashlib

import numpy as np


class Draw:
    """Draws arrays. One seed, one sequence of arrays."""

    def __init__(self, seed: str) -> None:
        digest = hashlib.sha256(seed.encode()).digest()
        self.generator = np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))

    def normal(self, *shape: int, scale: float = 1.0, dtype: str = "float64") -> np.ndarray:
        """Return normal numbers of standard deviation `scale`."""
        return (self.generator.standard_normal(shape) * scale).astype(dtype)

    def mask(self, *shape: int) -> np.ndarray:
        """Return a boolean mask; in every row of the last axis some entries are True, some False."""
        order = self.generator.random(shape).argsort(axis=-1)
        visible = self.generator.integers(1, shape[-1], (*shape[:-1], 1))
        return order < visible

    def tokens(self, batch: int, length: int, vocabulary: int, pad_id: int) -> np.ndarray:
        """Return token ids: every row has a length of its own, the rest of it is `pad_id`."""
        ids = self.generator.integers(0, vocabulary - 1, (batch, length))
        ids = ids + (ids >= pad_id)
        lengths = self.generator.permutation(np.arange(1, length))[:batch]
        return np.where(np.arange(length) < lengths[:, None], ids, pad_id)

    def linear(self, names: tuple[str, ...], d_out: int, d_in: int, dtype: str = "float64") -> dict[str, np.ndarray]:
        """Return random weights and biases of linear maps, under their names in a state dict."""
        return {
            f"{name}.{kind}": self.normal(*shape, scale=0.6, dtype=dtype)
            for name in names
            for kind, shape in (("weight", (d_out, d_in)), ("bias", (d_out,)))
        }
