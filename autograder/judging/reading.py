"""A crash as it is read, and what it says about the code."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from autograder.exercise import Exercise
from autograder.intake.submission import Submission


@dataclass(frozen=True)
class Reading:
    """What a crash, or a result of the wrong kind, says about the code, under a short name. It costs at most so large a
    share of the exercise."""

    name: str
    sentence: str
    most: float = 1.0


@dataclass(frozen=True)
class Crash:
    """A crash: what was raised, the student's line, and the shapes of the arrays that this line names."""

    type: str
    message: str
    function: str
    line: str
    shapes: Mapping[str, tuple[int, ...]]
    exercise: Exercise
    submission: Submission

    @property
    def in_torch(self) -> bool:
        """Whether the exercise is one of PyTorch's."""
        return self.exercise.library == "torch"


Sentence = Callable[[Crash, re.Match[str]], str]


def always(sentence: str) -> Sentence:
    """A sentence that is the same for every crash of a kind."""
    return lambda crash, found: sentence
