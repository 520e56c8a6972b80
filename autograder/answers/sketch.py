"""A sketch of an array: enough to say whether another array is the same, and too little to tell what is in it.

The numbers are projected on one fixed random direction: the sum of wᵢ xᵢ, with 1 < |wᵢ| < 3, whose weights depend
on the array's size alone. Arrays that differ have other sums, but for an accident of one in billions.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from autograder.protocol.arguments import Array


@dataclass(frozen=True)
class Sketch:
    """Of an array: its shape, its dtype, the projection of its finite numbers, and which of them are none."""

    shape: tuple[int, ...]
    dtype: str
    projection: float
    not_finite: str = ""

    def is_of(self, array: Array, tolerance: float, ungraded: Array | None = None) -> bool:
        """Whether it is the sketch of this array, or of one within the tolerance; `ungraded` elements need only be as
        finite."""
        if array.shape != self.shape or array.dtype.name != self.dtype:
            return False
        theirs = draw_sketch(array, ungraded)
        allowed = tolerance * _reach(array, ungraded)
        return theirs.not_finite == self.not_finite and abs(theirs.projection - self.projection) <= allowed


@dataclass(frozen=True)
class Sketched:
    """What an implementation showed, its arrays as sketches."""

    arrays: dict[str, Sketch] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


def draw_sketch(array: Array, ungraded: Array | None = None) -> Sketch:
    """The sketch of an array."""
    numbers, finite = _numbers(array, ungraded)
    projection = float(numbers.ravel() @ _direction(numbers.size)) if numbers.size else 0.0
    return Sketch(array.shape, array.dtype.name, projection, "" if finite.all() else _digest(array, finite))


def _numbers(array: Array, ungraded: Array | None) -> tuple[Array, Array]:
    """The graded finite numbers, with 0 for all others, and which are finite."""
    finite = np.isfinite(array)
    counted = finite if ungraded is None or ungraded.shape != array.shape else finite & ~ungraded
    return np.where(counted, array, 0).astype(np.float64), finite


def _reach(array: Array, ungraded: Array | None) -> float:
    """How far the projection moves where every number moves by 1 + |x|, each in a direction of its own."""
    numbers, _ = _numbers(array, ungraded)
    return float(np.linalg.norm(_direction(numbers.size) * (1 + np.abs(numbers.ravel()))))


def _digest(array: Array, finite: Array) -> str:
    """Which numbers are infinite, and of which sign, and which are NaN."""
    signs = np.where(finite, 0, np.where(np.isnan(array), 3, np.sign(array)))
    return blake2b(signs.astype(np.int8).tobytes(), digest_size=6).hexdigest()


@lru_cache(maxsize=256)
def _direction(size: int) -> Array:
    """Weights of either sign, from the generator whose numbers NumPy keeps the same in all versions."""
    weights: Array = np.random.RandomState(size % 2**32).uniform(-2, 2, size)
    weights += np.sign(weights)
    return weights
