"""What the cases of unit 3 look at: what dropout did to the hidden units."""

import numpy as np

from autograder.protocol.probe import Observation

TOKENS, D_MODEL = 5, 8
BIAS_AFTER = 5.0
SEEN_UNITS = 6
SAME_EVERYWHERE = "the same ones everywhere"
MOST = 0.9  # of all positions: chance does not reach it


def dropout_view(seen: Observation, steps: int = 4) -> Observation:
    """What dropout did, without its random numbers; shares are rounded to 1 / `steps`.

    Output i is hidden unit i plus a bias, as far as there are hidden units; the other outputs are the bias alone.
    """
    trained, evaluated = seen.arrays.get("in training: output"), seen.arrays.get("in evaluation: output")
    if (
        trained is None
        or evaluated is None
        or trained.shape != evaluated.shape
        or trained.shape[1:] != (TOKENS, D_MODEL)
    ):
        return seen
    used, plain = trained[..., :SEEN_UNITS] - BIAS_AFTER, evaluated[..., :SEEN_UNITS] - BIAS_AFTER
    kept = used != 0
    after = (
        "not dropped" if (trained[..., SEEN_UNITS:] == BIAS_AFTER).all() else f"dropped ({_factor(trained, evaluated)})"
    )
    view = {"hidden units are dropped": _pattern(kept), "the output of the second map is": after}
    if view["hidden units are dropped"] != SAME_EVERYWHERE:
        view["share of the hidden units that training drops"] = f"about {round((1 - kept.mean()) * steps) / steps:g}"
        view["a kept hidden unit is multiplied by"] = _factor(used, plain)
    return Observation({"in evaluation: output": evaluated}, seen.facts | view)


def _pattern(kept: np.ndarray) -> str:
    """How what is kept (samples, positions, units) was chosen, in words."""
    if kept.all():
        return "none"
    if (kept == kept[:1, :1]).all():
        return SAME_EVERYWHERE
    if (kept == kept[..., :1]).all(axis=-1).mean() > MOST:
        return "all units of a position together"
    return "the same ones at every position" if (kept == kept[:, :1]).all(axis=1).mean() > MOST else "one by one"


def _factor(trained: np.ndarray, evaluated: np.ndarray) -> str:
    """The number by which training multiplied all that it kept, in words."""
    with np.errstate(all="ignore"):
        factors = (trained / evaluated)[trained != 0]
    factor = np.median(factors) if factors.size else 0.0
    return f"{factor:.3g}" if np.allclose(factors, factor, rtol=1e-6, atol=0) else "different numbers"
