"""The bank: for every unit of the course its exercises, their cases, and the misconceptions. One file, one unit.

UNITS has their order. How the written questions of a unit are marked is in the file of the same name in `written/`.
"""

import importlib
import importlib.util
from functools import cache

from autograder.exercise import Exercise, Question
from autograder.syllabus import Unit

UNITS = (
    "positional_encoding",
    "attention",
    "feed_forward",
    "layer_norm",
    "encoder",
    "decoder",
    "transformer",
    "tokenization",
    "training",
    "decoding",
)


@cache
def read_bank() -> dict[str, Unit]:
    """All units by name, in the order of the course."""
    found = {}
    for name in UNITS:
        module = importlib.import_module(f"{__name__}.{name}")
        exercises = tuple(value for value in vars(module).values() if isinstance(value, Exercise))
        found[name] = Unit(name, exercises, tuple(module.MISCONCEPTIONS), _read_questions(name))
    return found


def _read_questions(unit: str) -> tuple[Question, ...]:
    name = f"{__name__}.written.{unit}"
    return tuple(importlib.import_module(name).QUESTIONS) if importlib.util.find_spec(name) else ()
