"""What tests are tried on: right implementations of an exercise, and every misconception that gets it wrong."""

import functools
import importlib
import importlib.util
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from autograder import syllabus
from autograder.exercise import Exercise, Implementation, Misconception
from instructor.answers.failing import FAILS, recorded
from instructor.answers.live import reference_of
from instructor.answers.reach import reaches

LAST_DIGITS = 4  # by how many units of the last place results are made larger


@dataclass(frozen=True)
class Candidate:
    """An implementation of an exercise; `make()` gives a new one, a function or a class."""

    name: str
    sentence: str
    is_right: bool
    make: Callable[[], Any]


def find_candidates(exercise: Exercise) -> list[Candidate]:
    """All candidates of an exercise, those that are right first."""
    unit = syllabus.unit_of(exercise.name)
    marks = recorded().get(exercise.name, {})
    wrong = [m for m in unit.misconceptions if FAILS in marks.get(m.name, {}).values()]
    return [
        *_find_right(exercise, unit.name, wrong),
        *(Candidate(m.name, m.sentence, False, partial(_make, m.steps, exercise)) for m in wrong),
    ]


def _find_right(exercise: Exercise, unit: str, wrong: list[Misconception]) -> Iterator[Candidate]:
    usual, reference = wrong[0].steps.__mro__[-2], partial(_make_reference, exercise)
    yield Candidate("reference", "The course's reference.", True, reference)
    yield Candidate("small-steps", "The usual way, in small steps.", True, partial(_make, usual, exercise))
    if exercise.library == "numpy":
        sentence = "The reference with other last digits, as when sums are taken in another order."
        yield Candidate("other-last-digits", sentence, True, lambda: _with_other_last_digits(reference()))
        yield from _find_right_code(exercise, unit, usual)


def _find_right_code(exercise: Exercise, unit: str, usual: type[Implementation]) -> Iterator[Candidate]:
    """The bank's right code that does something of this exercise in another way than usual."""
    module = f"instructor.bank.right_code.{unit}"
    for steps in importlib.import_module(module).RIGHT if importlib.util.find_spec(module) else ():
        own = Misconception(steps.__name__, "", steps)
        if steps is not usual and reaches(own, exercise.name, exercise.library):
            name = re.sub(r"(?<=.)(?=[A-Z])", "-", steps.__name__).lower()
            sentence = " ".join((steps.__doc__ or "").split())
            yield Candidate(f"right-{name}", sentence, True, partial(_make, steps, exercise))


def _make(steps: type[Implementation], exercise: Exercise) -> Any:
    return steps.namespace(exercise.library)[exercise.name]


def _make_reference(exercise: Exercise) -> Any:
    return reference_of(exercise)[exercise.name]


def _with_other_last_digits(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose floating-point results are larger by LAST_DIGITS."""

    @functools.wraps(function)
    def changed(*arguments: Any, **keywords: Any) -> Any:
        return _change_last_digits(function(*arguments, **keywords))

    return changed


def _change_last_digits(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return type(value)(map(_change_last_digits, value))
    if isinstance(value, dict):
        return {key: _change_last_digits(entry) for key, entry in value.items()}
    if isinstance(value, (np.ndarray, np.floating)) and np.issubdtype(value.dtype, np.floating):
        return value * value.dtype.type(1 + LAST_DIGITS * np.finfo(value.dtype).eps)
    return value
