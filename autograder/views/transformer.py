"""What the cases of unit 7 look at: what dropout did, and ids of any type of integers."""

import numpy as np

from autograder.protocol.probe import Observation


def what_is_left(seen: Observation) -> Observation:
    """Where everything is dropped, one vector is left for all tokens; where something is not, random numbers may be."""
    arrays, facts = dict(seen.arrays), dict(seen.facts)
    for name, array in seen.arrays.items():
        rows = array.reshape(-1, array.shape[-1]) if array.ndim and array.size else array
        if rows.ndim == 2 and np.allclose(rows, rows[:1], rtol=1e-6, atol=1e-6, equal_nan=True):
            arrays[name] = rows[0]
        else:
            facts[f"{name}, when all is dropped"] = "still differs from token to token"
            del arrays[name]
    return Observation(arrays, facts)


def dropout_view(seen: Observation, steps: int = 4) -> Observation:
    """What dropout did to the sums of embeddings and encodings, without its random numbers; shares are rounded to
    1 / `steps`."""
    trained, evaluated = seen.arrays.get("in training: sums"), seen.arrays.get("in evaluation: sums")
    if trained is None or evaluated is None or trained.shape != evaluated.shape or not trained.size:
        return seen
    kept = trained != 0
    with np.errstate(all="ignore"):
        factors = (trained / evaluated)[kept]
    factor = np.median(factors) if factors.size else 0.0
    view = {
        "share of the sums that training drops": f"about {round((1 - kept.mean()) * steps) / steps:g}",
        "a kept number is multiplied by": f"{factor:.3g}",
    }
    return Observation({"in evaluation: sums": evaluated}, seen.facts | view)


def any_integers(seen: Observation) -> Observation:
    """Every type of integers is right."""
    ids = {name: array.astype(np.int64) for name, array in seen.arrays.items() if array.dtype.kind in "iu"}
    return Observation(seen.arrays | ids, seen.facts)
