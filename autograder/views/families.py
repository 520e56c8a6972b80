"""What the cases that several units share look at."""

import numpy as np

from autograder.protocol.probe import Observation

TRAINING, AGAIN = "in training: ", "in training again: "
TWICE = "what two calls in training give"


def without(seen: Observation, ending: str) -> Observation:
    """Everything but the arrays whose names end so; all of it where no ending is given."""
    kept = {name: array for name, array in seen.arrays.items() if not ending or not name.endswith(ending)}
    return Observation(kept, seen.facts)


def without_chance(seen: Observation, ending: str) -> Observation:
    """The same, and of two calls in training whether they agree: where they do not, their numbers are left out."""
    arrays = without(seen, ending).arrays
    again = {name.removeprefix(AGAIN): array for name, array in arrays.items() if name.startswith(AGAIN)}
    agree = all(_is_close(array, arrays.get(f"{TRAINING}{name}")) for name, array in again.items())
    left_out = (AGAIN,) if agree else (AGAIN, TRAINING)
    kept = {name: array for name, array in arrays.items() if not name.startswith(left_out)}
    return Observation(kept, seen.facts | {TWICE: "the same numbers" if agree else "different numbers"})


def _is_close(array: np.ndarray, other: np.ndarray | None) -> bool:
    return other is not None and array.shape == other.shape and np.allclose(array, other, rtol=1e-6, equal_nan=True)
