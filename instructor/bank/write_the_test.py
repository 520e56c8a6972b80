"""Exercises that ask for a test: it is tried on right implementations and misconceptions of another exercise.

A test that refuses right code earns nothing. Otherwise its points grow with the share of misconceptions that it
catches.
"""

import json
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from autograder.exercise import Actions, Case, Exercise, Implementation, Misconception
from autograder.judging.written_tests import CAUGHT
from autograder.protocol.probe import try_on_candidate, try_on_own
from autograder.random_inputs import Draw

FAILING = Path(__file__).resolve().parents[1] / "answers" / "failing.json"  # which cases each misconception fails
Around = tuple[str, str, tuple[Any, ...]]  # what is wrong, a mistake of `protocol.mistakes_around`, and its details


def write_the_test(
    of: Exercise,
    points: float,
    right: Sequence[type[Implementation]],
    misconceptions: Sequence[Misconception],
    around: Sequence[Around],
    unseen: Sequence[str] = (),
) -> Exercise:
    """The exercise that asks for a test of another one.

    `right` are right implementations with a sentence each, `around` the mistakes that are put around a student's own
    function where there is no bank. `unseen` names misconceptions that no test can see through a candidate.
    """
    exercise = Exercise(f"test_{of.name}", points, of.section, of.equation, of.tolerance, bonus=True, tests=of.name)
    exercise.cases.append(_own_case(of, f"your own {of.name} is accepted", "as_it_is", (), is_right=True))
    exercise.cases += [_own_case(of, CAUGHT + what, mistake, details) for what, mistake, details in around]
    exercise.cases += [_candidate_case(of, steps, _sentence(steps), is_right=True) for steps in right]
    exercise.cases += [
        _candidate_case(of, m.steps, CAUGHT + m.sentence.removesuffix("."), m.name)
        for m in misconceptions
        if m.name in _failing(of.name) and m.name not in unseen
    ]
    return exercise


def _own_case(of: Exercise, promise: str, mistake: str, details: tuple[Any, ...], is_right: bool = False) -> Case:
    name = "-".join(("own", mistake.replace("_", "-"), *map(str, details)))
    return Case(name, promise, partial(_on_own, of.name, mistake, details), is_right=is_right)


def _on_own(name: str, mistake: str, details: tuple[Any, ...], draw: Draw) -> Actions:
    return [try_on_own(name, mistake, *details)]


def _candidate_case(
    of: Exercise, steps: type[Implementation], promise: str, name: str = "", is_right: bool = False
) -> Case:
    candidate = partial(_make, steps, of.name)
    name = name or f"right-{steps.__name__.lower()}"
    return Case(name, promise, _elsewhere, hidden=True, is_right=is_right, candidate=candidate)


def _elsewhere(draw: Draw) -> Actions:
    return [try_on_candidate()]


def _make(steps: type[Implementation], name: str) -> Callable[..., Any]:
    """A new implementation, which remembers nothing of earlier ones."""
    made: Callable[..., Any] = steps.namespace("numpy")[name]
    return made


def _sentence(steps: type[Implementation]) -> str:
    """What is unusual about right steps, or of the course's own that they are usual."""
    text = " ".join((steps.__doc__ or "").split()).removesuffix(".")
    return "the usual way is accepted" if text.startswith("Unit") else f"it is accepted: {text[:1].lower()}{text[1:]}"


@cache
def _failing(exercise: str) -> frozenset[str]:
    """The misconceptions that fail a case of an exercise whatever its inputs."""
    record = json.loads(FAILING.read_text(encoding="utf-8")).get(exercise, {"misconceptions": {}})
    return frozenset(name for name, marks in record["misconceptions"].items() if "1" in marks)
