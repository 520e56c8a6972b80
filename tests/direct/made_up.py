"""A made-up exercise, made-up mistakes, and answers that are written down: judging is tested without running code."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from autograder.answers import AnyShown
from autograder.evidence import Failure, FailureKind, Shown
from autograder.exercise import PUBLIC, Case, Exercise, Misconception, Trial, combine
from autograder.protocol.probe import Observation, call

SECRET = "a secret"


def numbers(*values: float, **facts: str) -> Observation:
    """An observation of one array, called y."""
    return Observation({"y": np.array(values, "float64")}, facts)


def raised(type_: str, message: str = "", **place: Any) -> Failure:
    """An exception of the student's code."""
    return Failure(FailureKind.RAISED, type=type_, message=message, **place)


def case(name: str, size: int = 1, **options: Any) -> Case:
    """A case whose input is so many numbers."""
    return Case(name, f"the promise of {name}", lambda _: [call(np.zeros(size), returns=("y",))], **options)


def exercise(*cases: Case, **options: Any) -> Exercise:
    """A made-up exercise that forgives a thousandth."""
    described: dict[str, Any] = {"name": "double", "points": 6.0, "section": "9", "equation": "y = 2x"}
    described |= {"tolerance": 1e-3} | options
    return Exercise(**described, cases=list(cases))


def public(name: str) -> Trial:
    """The trial of a case on the inputs that students have."""
    return Trial("double", name, PUBLIC)


def hidden(name: str) -> Trial:
    """The trial of a case on hidden inputs."""
    return Trial("double", name, SECRET)


class NoSteps:
    """What a made-up misconception overrides: nothing."""

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        """No exercise."""
        return {}


def mistake(name: str, **options: Any) -> Misconception:
    """A misconception of this name, with steps of its own."""
    return Misconception(name, f"You did {name}.", type(name, (NoSteps,), {}), **options)


class WrittenAnswers:
    """Answers that are written down; `asked` lists by name and case which mistakes were asked for, in order.

    `together` has what several mistakes in one implementation show, by their names, such as "A+B".
    """

    def __init__(
        self,
        mistakes: Mapping[Misconception, Mapping[Trial, Shown]] | None = None,
        references: Mapping[Trial, Observation] | None = None,
        unviewed: Mapping[Trial, Observation] | None = None,
        together: Mapping[str, Mapping[Trial, Shown]] | None = None,
    ) -> None:
        self.together = together or {}
        self.known, self.references, self.unviewed = mistakes or {}, references or {}, unviewed or references or {}
        self.asked: list[tuple[str, str]] = []

    def expect(self, trials: Sequence[Trial]) -> None:
        """They are there already."""

    def reference(self, trial: Trial) -> Observation:
        return self.references[trial]

    def unviewed_reference(self, trial: Trial) -> Observation:
        return self.unviewed[trial]

    def mistake(self, trial: Trial, misconception: Misconception) -> Shown:
        self.asked.append((misconception.name, trial.case))
        if misconception.name in self.together:
            return self.together[misconception.name].get(trial, Failure(FailureKind.MISSING))
        return self.known.get(misconception, {}).get(trial, Failure(FailureKind.MISSING))

    def is_known_to_fail(self, trial: Trial, misconception: Misconception) -> bool | None:
        return None

    def mistakes(
        self, trial: Trial, misconceptions: Iterable[Misconception]
    ) -> Iterator[tuple[Misconception, AnyShown]]:
        return ((misconception, self.mistake(trial, misconception)) for misconception in misconceptions)

    def close(self) -> None:
        """Nothing has been started."""

    def combine(self, exercise: Exercise, mistakes: tuple[Misconception, ...]) -> Misconception | None:
        return combine(mistakes)

    def pairs(self, exercise: Exercise, among: Sequence[Misconception]) -> Iterable[tuple[Misconception, ...]]:
        return combinations(among, 2)

    def relevant(self, exercise: Exercise) -> Sequence[Misconception]:
        return [m for m, shown in self.known.items() if any(trial.exercise == exercise.name for trial in shown)]
