"""What the cases of unit 4 look at: what dropout did to a sublayer."""

import numpy as np

from autograder.protocol.probe import Observation

D_MODEL = 8
ANCHORS = (2.0, -1.0)
MOST = 0.9  # of all tokens: chance does not reach it


def dropout_view(seen: Observation, steps: int = 4) -> Observation:
    """What dropout did, without its random numbers; shares are rounded to 1 / `steps`.

    The first two features of x are ANCHORS, to which the sublayer adds nothing; the rest is 0. Unless dropout hits x,
    the anchors tell the mean and the scale of every sum that was normalised: the sum is had back from the output.
    """
    trained, evaluated = seen.arrays.get("in training: output"), seen.arrays.get("in evaluation: output")
    if trained is None or evaluated is None or trained.shape != evaluated.shape or trained.shape[-1:] != (D_MODEL,):
        return seen
    with np.errstate(all="ignore"):
        dropped_sum, whole_sum = _sums(trained), _sums(evaluated)
        kept = np.abs(dropped_sum) > 1e-9
        factors = (dropped_sum / whole_sum)[kept]
    factor = np.median(factors) if factors.size else 0.0
    even, whole = bool(np.allclose(factors, factor, rtol=1e-6, atol=0)), bool(np.isfinite(dropped_sum).all())
    view = {
        "share of the sublayer's output that training drops": f"about {round((1 - kept.mean()) * steps) / steps:g}",
        "what is kept of it is multiplied by": f"{factor:.3g}" if even else "different numbers",
        "x goes past the sublayer": "whole" if whole else "not always",
        "share of the normalised sum that is 0": f"about {round((trained == 0).mean() * steps) / steps:g}",
    }
    if whole:
        view["features are dropped"] = _pattern(kept)
    return Observation({"in evaluation: output": evaluated}, seen.facts | view)


def _pattern(kept: np.ndarray) -> str:
    """How what is kept (samples, tokens, features) was chosen, in words."""
    if kept.all():
        return "none"
    if (kept == kept[..., :1]).all(axis=-1).mean() > MOST:
        return "all features of a token together"
    return "the same ones for every token" if (kept == kept[:, :1]).all(axis=1).mean() > MOST else "one by one"


def _sums(output: np.ndarray) -> np.ndarray:
    """The normalised sums' features after the first two, from these two."""
    output = output.astype(np.float64)
    first, second, rest = output[..., :1], output[..., 1:2], output[..., 2:]
    return ANCHORS[0] + (ANCHORS[1] - ANCHORS[0]) * (rest - first) / (second - first)
