"""What the cases of unit 5 look at: what dropout did to the sublayers."""

import numpy as np

from autograder.protocol.probe import Observation

TOKENS, D_MODEL = 5, 8
# A layer in which a dropped number can be seen. One sublayer returns a bias and the other returns 0, whatever is
# dropped inside them. Features 0 and 1 of the input are so large that they alone decide how the norms scale, and the
# gains undo it: what comes out is x and the bias, less their mean. Feature 2 is 0 in both, and so shows that mean.
LARGE = 1e4
PROBED = slice(3, D_MODEL)
PLAIN_X = np.broadcast_to(np.array([LARGE, -LARGE] + [0.0] * (D_MODEL - 2)), (40, TOKENS, D_MODEL))
ONLY_BIAS = {"self-attention": "self_attention.w_o.bias", "feed-forward": "feed_forward.linear2.bias"}
MOST_ROWS = 600


def dropout_view(seen: Observation) -> Observation:
    """What dropout did to the output of each sublayer, without its random numbers."""
    arrays, facts = {}, dict(seen.facts)
    for name in ONLY_BIAS:
        evaluated = seen.arrays.get(f"{name}, in evaluation: output")
        trained = seen.arrays.get(f"{name}, in training: output")
        if evaluated is None or trained is None:
            return seen
        if any(y.shape != PLAIN_X.shape or y.dtype != PLAIN_X.dtype for y in (evaluated, trained)):
            return seen
        arrays[f"{name}, in evaluation: output"] = evaluated
        facts |= _dropped(name, *(y[..., PROBED] - y[..., 2:3] for y in (trained, evaluated)))
    return Observation(arrays, facts)


def _dropped(name: str, trained: np.ndarray, evaluated: np.ndarray) -> dict[str, str]:
    with np.errstate(all="ignore"):
        factors = trained / evaluated
    kept = ~(np.abs(factors) < 1e-3)
    factor = np.median(factors[kept]) if kept.any() else 0.0
    even = bool(np.allclose(factors[kept], factor, rtol=1e-3, atol=0))
    return {
        f"{name}: share of its output that training drops": f"about {round((1 - kept.mean()) * 4) / 4:g}",
        f"{name}: a kept number is multiplied by": f"{factor:.2g}" if even else "different numbers",
    }


def different_rows(seen: Observation) -> Observation:
    """The rows that there are in evaluation and in training, each once, in order; too many of them are not kept."""
    arrays: dict[str, np.ndarray] = {}
    facts = dict(seen.facts)
    for name, output in seen.arrays.items():
        if output.dtype != np.float64 or output.ndim != 3 or not output.size:
            return seen
        rows = np.unique(output.reshape(-1, output.shape[-1]).round(6) + 0.0, axis=0)
        what = name.removesuffix("output")
        if len(rows) > MOST_ROWS:
            facts[f"{what}different rows"] = f"more than {MOST_ROWS}"
        elif len(rows) == 1 and arrays and not np.allclose(rows, next(iter(arrays.values())), atol=1e-5):
            facts[f"{what}what is dropped"] = "the same for every token"
        else:
            arrays[f"{what}the different rows"] = rows
    return Observation(arrays, facts)
