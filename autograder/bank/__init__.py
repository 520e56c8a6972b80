"""The bank: for every unit of the course its exercises, their cases, and the misconceptions. One file, one unit."""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache

from autograder.exercise import Exercise, Misconception


class UnknownName(KeyError):
    """No exercise, or no unit, has this name; the message lists those that exist."""

    def __str__(self) -> str:
        return str(self.args[0])

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the sentence, and no traceback of ours."""
        return [str(self)]


@dataclass(frozen=True)
class Unit:
    """One word of the course, its exercises in the order of the lesson, and its misconceptions."""

    name: str
    exercises: tuple[Exercise, ...]
    misconceptions: tuple[Misconception, ...]


@cache
def units() -> dict[str, Unit]:
    """All units by name: every file of this folder is one."""
    found = {}
    for file in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{file.name}")
        exercises = tuple(value for value in vars(module).values() if isinstance(value, Exercise))
        found[file.name] = Unit(file.name, exercises, tuple(module.MISCONCEPTIONS))
    return found


def exercise(name: str) -> Exercise:
    """The exercise of this name. Raises UnknownName."""
    for unit in units().values():
        for candidate in unit.exercises:
            if candidate.name == name:
                return candidate
    raise UnknownName(f"there is no exercise {name!r}; there are {', '.join(exercise_names())}")


def exercise_names() -> list[str]:
    """The names of all exercises, unit by unit."""
    return [candidate.name for unit in units().values() for candidate in unit.exercises]


def unit_of(exercise_name: str) -> Unit:
    """The unit that an exercise belongs to. Raises UnknownName."""
    for unit in units().values():
        if any(candidate.name == exercise_name for candidate in unit.exercises):
            return unit
    raise UnknownName(f"there is no exercise {exercise_name!r}; there are {', '.join(exercise_names())}")
