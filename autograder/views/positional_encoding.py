"""What the cases of unit 1 look at: what dropout did to the sum, and how many numbers are trained."""

import re
from math import prod

import numpy as np

from autograder.protocol.probe import Observation

TOKENS, D_MODEL = 5, 8
MANY = 24


def trained_numbers(seen: Observation) -> Observation:
    """How many numbers would be trained, under whatever names."""
    names = [name for name in seen.facts if name.startswith("parameter ")]
    count = sum(prod(map(int, re.findall(r"\d+", seen.facts[name]))) for name in names)
    others = {name: fact for name, fact in seen.facts.items() if name not in names}
    return Observation(seen.arrays, {"numbers that training would change": str(count)} | others)


def dropout_view(seen: Observation, steps: int = 4) -> Observation:
    """What dropout did, without its random numbers. In the first half of the batch x is 0: only the table is left.

    The share that is dropped is rounded to a multiple of 1 / `steps`.
    """
    trained, evaluated = seen.arrays.get("in training: output"), seen.arrays.get("in evaluation: output")
    if trained is None or evaluated is None or not trained.shape == evaluated.shape == (MANY, TOKENS, D_MODEL):
        return seen
    view = {}
    halves = {"table alone": slice(None, MANY // 2), "sum of x and the table": slice(MANY // 2, None)}
    for name, half in halves.items():
        there = evaluated[half] != 0
        now, before = trained[half][there], evaluated[half][there]
        view[f"share of the {name} that training drops"] = f"about {round((now == 0).mean() * steps) / steps:g}"
        view[f"what is left of the {name} is multiplied by"] = _common_factor(now[now != 0], before[now != 0])
    return Observation({"in evaluation: output": evaluated}, seen.facts | view)


def _common_factor(now: np.ndarray, before: np.ndarray) -> str:
    """The one number by which all of them were multiplied, if there is one."""
    with np.errstate(all="ignore"):
        factors = now / before
    factor = np.median(factors) if factors.size else 0.0
    return f"{factor:.3g}" if np.allclose(factors, factor, rtol=1e-6, atol=0) else "different numbers"
