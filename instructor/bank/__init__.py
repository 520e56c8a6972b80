"""The bank: for every unit of the course its exercises, their cases, and the misconceptions. One file, one unit."""

import importlib
import pkgutil
from functools import cache

from autograder.exercise import Exercise
from autograder.syllabus import Unit


@cache
def read_bank() -> dict[str, Unit]:
    """All units by name."""
    found = {}
    for file in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{file.name}")
        exercises = tuple(value for value in vars(module).values() if isinstance(value, Exercise))
        found[file.name] = Unit(file.name, exercises, tuple(module.MISCONCEPTIONS))
    return found
