"""What the cases of unit 2 look at: what dropout did to the weights, a row that is not graded, zeros that are exact."""

import numpy as np

from autograder.protocol.probe import Observation

BATCH, QUERIES, KEYS = 3, 5, 7
HIDDEN_ROW = np.zeros((BATCH, QUERIES), dtype=bool)
HIDDEN_ROW[1, 2] = True
MOST = 0.9  # of all queries: chance does not reach it
PADDED = np.arange(KEYS) >= np.array([[7], [5], [3]])


def without_hidden_row(seen: Observation) -> Observation:
    """The attention weights of a query that sees nothing are not graded, nor need they be finite."""
    weights = seen.arrays.get("attention_weights")
    if weights is None or weights.ndim < 3 or weights.shape[0] != BATCH or weights.shape[-2] != QUERIES:
        return seen
    weights = np.where(HIDDEN_ROW.reshape(BATCH, *(1,) * (weights.ndim - 3), QUERIES, 1), 0.0, weights)
    return Observation(seen.arrays | {"attention_weights": weights}, seen.facts)


def dropout_view(seen: Observation) -> Observation:
    """What dropout did, without its random numbers.

    The values are sums, so that the output's differences are the weights used; of a dropped output they are no weights.
    """
    trained, evaluated = seen.arrays.get("in training: output"), seen.arrays.get("in evaluation: output")
    if trained is None or evaluated is None or trained.shape != evaluated.shape or not trained.size:
        return seen
    weights = seen.arrays.get("in evaluation: attention_weights")
    keys = () if weights is None else weights.shape[-1:]
    if not keys or not keys[0] or not trained.ndim or trained.shape[-1] % keys[0]:
        return seen
    used, whole = (-np.diff(x.reshape(*x.shape[:-1], -1, *keys), append=0.0) for x in (trained, evaluated))
    kept = np.abs(used) > 1e-9
    with np.errstate(all="ignore"):
        factors = (used / whole)[kept]
    factor = np.median(factors) if factors.size else 0.0
    even = bool(np.allclose(factors, factor, rtol=1e-6, atol=0))
    dropped = round((1 - kept.mean()) * 4) / 4
    view = {
        "share of the attention weights that training drops": f"about {dropped:g}",
        "a kept attention weight is multiplied by": f"{factor:.3g}" if even else "different numbers",
        "attention weights are dropped": _pattern(kept),
    }
    return Observation({"in evaluation: output": evaluated}, seen.facts | view)


def _pattern(kept: np.ndarray) -> str:
    """How what is kept (samples, queries, heads, keys) was chosen, in words."""
    if kept.all():
        return "none"
    if (kept == kept[..., :1]).all(axis=-1).mean() > MOST:
        return "all weights of a query together"
    return "the same keys for every query" if (kept == kept[:, :1]).all(axis=1).mean() > MOST else "one by one"


def exact_zeros(seen: Observation) -> Observation:
    """Say whether the gradients of padded keys and values are exactly 0, and not only small."""
    found = [seen.arrays[name] for name in ("grad_k", "grad_v") if name in seen.arrays]
    graded = [array for array in found if array.shape[:2] == PADDED.shape]
    exact = all(not array[PADDED].any() for array in graded)
    fact = {"gradients of keys and values that nobody sees": "exactly 0" if exact else "not exactly 0"}
    return Observation(seen.arrays, seen.facts | fact)
