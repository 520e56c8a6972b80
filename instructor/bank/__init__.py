"""The bank: for every unit of the course its exercises, their cases, and the misconceptions. One file, one unit.

How the written questions of a unit are marked is in the file of the same name in `written/`.
"""

import importlib
import importlib.util
import pkgutil
from functools import cache

from autograder.exercise import Exercise, Question
from autograder.syllabus import Unit


@cache
def read_bank() -> dict[str, Unit]:
    """All units by name."""
    found = {}
    for file in pkgutil.iter_modules(__path__):
        if file.ispkg:
            continue
        module = importlib.import_module(f"{__name__}.{file.name}")
        exercises = tuple(value for value in vars(module).values() if isinstance(value, Exercise))
        found[file.name] = Unit(file.name, exercises, tuple(module.MISCONCEPTIONS), _read_questions(file.name))
    return found


def _read_questions(unit: str) -> tuple[Question, ...]:
    name = f"{__name__}.written.{unit}"
    return tuple(importlib.import_module(name).QUESTIONS) if importlib.util.find_spec(name) else ()
