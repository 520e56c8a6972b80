"""What an oracle runs instead of a submission: the PyTorch code of the reference and of the misconceptions.

It is handed to the oracle's process as source and imports what is handed out beside it.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib import import_module
from typing import Any

import numpy as np

from autograder.answers.reach import reaches

REFERENCE = ""


def target_name(misconception: str, exercise: str) -> str:
    """What an oracle calls an exercise of a misconception's, or of the reference's where that is REFERENCE."""
    return f"{misconception}/{exercise}"


def targets_of(unit: str, exercises: Sequence[str]) -> dict[str, Callable[..., Any]]:
    """What a probe may call: every exercise of the reference's and of each misconception's, and `reaching`."""
    reference = import_module(f"transformer_ref.in_torch.{unit}")
    known = import_module(f"autograder.misconceptions.{unit}").MISCONCEPTIONS
    mistakes = {mistake.name: mistake for mistake in known}

    @cache
    def implementation(name: str) -> dict[str, Any]:
        return mistakes[name].namespace("torch") if name else vars(reference)

    def make(name: str, exercise: str, /, *arguments: Any, **keywords: Any) -> Any:
        return implementation(name)[exercise](*arguments, **keywords)

    def reaching(exercise: str) -> np.ndarray[Any, Any]:
        return np.array([reaches(mistake, exercise, "torch") for mistake in known])

    targets: dict[str, Callable[..., Any]] = {"reaching": reaching}
    for name in (REFERENCE, *mistakes):
        targets |= {target_name(name, exercise): partial(make, name, exercise) for exercise in exercises}
    return targets
