"""The bank: for every unit of the course its exercises, their cases, and the misconceptions. One file, one unit."""

import importlib
import pkgutil
from functools import cache

from autograder.exercise import Exercise
from autograder.syllabus import Unit


class Bank:
    """The source of the course that knows the answers."""

    def units(self) -> dict[str, Unit]:
        """All units by name: every file of this folder is one."""
        return read_bank()

    def answers(self) -> object:
        """Answers for this process: recorded ones of the units whose code is still what was recorded, and live ones."""
        from autograder.answers.layered import LayeredAnswers
        from autograder.answers.recorded import RecordedAnswers
        from autograder.recorded import Recorded
        from autograder.recorded.fingerprint import find_fresh

        recorded = Recorded()
        return LayeredAnswers(RecordedAnswers(recorded), find_fresh(recorded.folder))


@cache
def read_bank() -> dict[str, Unit]:
    """All units by name."""
    found = {}
    for file in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{file.name}")
        exercises = tuple(value for value in vars(module).values() if isinstance(value, Exercise))
        found[file.name] = Unit(file.name, exercises, tuple(module.MISCONCEPTIONS))
    return found
