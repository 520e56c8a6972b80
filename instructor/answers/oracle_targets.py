"""What an oracle runs instead of a submission: the PyTorch code of the reference and of the misconceptions.

It is handed to the oracle's process as source and imports what is handed out beside it.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib import import_module
from typing import Any

import numpy as np

from autograder.exercise import combine
from instructor.answers.reach import reaches

REFERENCE = ""


def target_name(misconception: str, exercise: str) -> str:
    """What an oracle calls an exercise of a misconception's, or of the reference's where that is REFERENCE."""
    return f"{misconception}/{exercise}"


def targets_of(unit: str, exercises: Sequence[str], known_targets: dict[str, Any]) -> dict[str, Callable[..., Any]]:
    """What a probe may call: every exercise of the reference's and of each misconception's, and two functions of ours.

    `reaching` says which misconceptions can matter to an exercise. `combining` adds the exercises of several
    misconceptions in one implementation to `known_targets`.
    """
    reference = import_module(f"transformer_ref.in_torch.{unit}")
    known = import_module(f"instructor.misconceptions.{unit}").MISCONCEPTIONS
    mistakes = {mistake.name: mistake for mistake in known}

    @cache
    def implementation(name: str) -> dict[str, Any]:
        if name == REFERENCE:
            return vars(reference)
        combined = combine(tuple(mistakes[part] for part in name.split("+")))
        assert combined
        return combined.namespace("torch")

    def make(name: str, exercise: str, /, *arguments: Any, **keywords: Any) -> Any:
        return implementation(name)[exercise](*arguments, **keywords)

    def reaching(exercise: str) -> np.ndarray[Any, Any]:
        return np.array([reaches(mistake, exercise, "torch") for mistake in known])

    def combining(names: Sequence[str]) -> np.ndarray[Any, Any]:
        for name in names:
            known_targets.update(targets(name))
        return np.array(len(names))

    def targets(name: str) -> dict[str, Callable[..., Any]]:
        return {target_name(name, exercise): partial(make, name, exercise) for exercise in exercises}

    found: dict[str, Callable[..., Any]] = {"reaching": reaching, "combining": combining}
    for name in (REFERENCE, *mistakes):
        found |= targets(name)
    return found
