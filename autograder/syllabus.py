"""The course: its units, their exercises, cases and misconceptions, found by name.

Where the bank is installed it is asked; a student has what was recorded of it (`autograder/recorded/`), which holds no
answer. The entry point `autograder.syllabus` says which: it names a function that gives a `Source`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.metadata import entry_points
from typing import Any, Protocol

from autograder import practice
from autograder.exercise import Case, Exercise, Misconception, Question, Trial
from autograder.protocol.probe import Probe


class UnknownName(KeyError):
    """No exercise has this name; the message says which was meant, or lists those that exist."""

    def __str__(self) -> str:
        return str(self.args[0])

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the sentence, and no traceback of ours."""
        return [str(self)]


@dataclass(frozen=True)
class Unit:
    """One word of the course: its exercises and questions in the order of the lesson, and its misconceptions."""

    name: str
    exercises: tuple[Exercise, ...]
    misconceptions: tuple[Misconception, ...]
    questions: tuple[Question, ...] = ()

    @property
    def points(self) -> float:
        """What the unit is worth, written answers included; a bonus comes on top."""
        return sum(exercise.points for exercise in self.exercises if not exercise.bonus) + self.written_points

    @property
    def written_points(self) -> float:
        """The points that a person gives."""
        return sum(question.points for question in self.questions)


PRACTICE = Unit(practice.NAME, (practice.dot_products,), practice.MISTAKES)  # unit 0: in no grade, so not in `units`


class Source(Protocol):
    """What knows the course: the bank, or what was recorded of it."""

    def units(self) -> dict[str, Unit]:
        """All units by name."""

    def answers(self) -> Any:
        """What right code and the misconceptions show, an `answers.Answers` for this process."""

    def answers_beside(self, executor: Any) -> Any:
        """The same for a command that runs submissions with an `execution.Executor`; to be closed."""


@cache
def source() -> Source:
    """The one that is installed; the bank before what is recorded of it. Raises RuntimeError where there is none."""
    found = {entry.name: entry for entry in entry_points(group="autograder.syllabus")}
    if not found:
        raise RuntimeError("autograder is not installed here: run `pip install` as the README says")
    made: Source = min(found.items())[1].load()()
    return made


@cache
def units() -> dict[str, Unit]:
    """All units by name."""
    return source().units()


def exercise(name: str) -> Exercise:
    """The exercise of this name. Raises UnknownName."""
    return _find(name)[1]


def unit_of(exercise_name: str) -> Unit:
    """The unit that an exercise belongs to. Raises UnknownName."""
    return _find(exercise_name)[0]


def case_of(trial: Trial) -> Case:
    """The case that a trial tries. Raises UnknownName."""
    return exercise(trial.exercise).case_named(trial.case)


@lru_cache(maxsize=4096)
def probe_of(trial: Trial) -> Probe:
    """The probe of a trial, its inputs drawn from the seed. Raises UnknownName."""
    return exercise(trial.exercise).probe(case_of(trial), trial.seed)


def unit_named(name: str) -> Unit:
    """The unit of this name, unit 0 included."""
    return PRACTICE if name == PRACTICE.name else units()[name]


def explain_unknown(name: str, among: Sequence[str] = ()) -> str:
    """Say that there is no exercise of this name, and which was meant, or else which there are (by default, all)."""
    plain = {known.replace("_", "").lower(): known for known in reversed(among or exercise_names())}
    meant = get_close_matches(name, among or exercise_names(), 1)
    meant = meant or [plain[close] for close in get_close_matches(name.replace("_", "").lower(), plain, 1)]
    others = f"there are {', '.join(among)}" if among else "`progress()` lists the notebooks, and each has its own"
    which = f"did you mean {meant[0]!r}?" if meant else others
    return f"there is no exercise {name!r}; {which}"


def exercise_names() -> list[str]:
    """The names of all exercises, unit by unit, and first that of unit 0, which is in no grade."""
    return list(_by_name())


@cache
def _by_name() -> dict[str, tuple[Unit, Exercise]]:
    known = (PRACTICE, *units().values())
    return {exercise.name: (unit, exercise) for unit in known for exercise in unit.exercises}


def _find(name: str) -> tuple[Unit, Exercise]:
    if name not in _by_name():
        raise UnknownName(explain_unknown(name))
    return _by_name()[name]
