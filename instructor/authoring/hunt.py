"""The scripts of the hunt, `autograder/recorded/hunt.record`: each has one mistake of every kind, and no two are equal.

A script without a mistake is never written.
"""

import hashlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from autograder.exercise import Misconception, combine
from autograder.recorded import FOLDER
from autograder.recorded.pack import Packer, unpack
from autograder.student.hunt import FILE
from instructor.misconceptions.training.hunt import (
    KINDS,
    HuntClipsAfterTheStep,
    HuntClipsEachAlone,
    HuntMeasuredInTraining,
    HuntNeverBackToTraining,
    HuntSoftmaxTwice,
)

HIDDEN_BY = {
    HuntNeverBackToTraining: HuntMeasuredInTraining,  # a model that is never switched need not be switched back
    HuntClipsAfterTheStep: HuntSoftmaxTwice,  # whose gradients are too small to be clipped
    HuntClipsEachAlone: HuntSoftmaxTwice,
}


def find_triples() -> Iterator[tuple[Misconception, ...]]:
    """The mistakes of every script."""
    for steps in product(*KINDS):
        if not any(hidden in steps and by in steps for hidden, by in HIDDEN_BY.items()):
            yield tuple(vars(one)["misconception"] for one in steps)


def write_script(mistakes: tuple[Misconception, ...]) -> str:
    """The script with these mistakes."""
    together = combine(mistakes)
    assert together is not None
    text: str = together.steps(None).text_of_script()  # type: ignore[call-arg, attr-defined]
    return text


def render_scripts() -> list[str]:
    """All scripts, in an order that says nothing about their mistakes."""
    return sorted(map(write_script, find_triples()), key=lambda text: hashlib.sha256(text.encode()).hexdigest())


def write_scripts(folder: Path = FOLDER) -> None:
    """Write them."""
    (folder / FILE).write_bytes(Packer().pack(render_scripts()))


def are_fresh(folder: Path = FOLDER) -> bool:
    """Whether what is written is what the bank says."""
    return (folder / FILE).is_file() and unpack((folder / FILE).read_bytes()) == render_scripts()
