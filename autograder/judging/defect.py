"""What is wrong in one trial, in words."""

from dataclasses import dataclass

from autograder.verdict import Outcome, Picture


@dataclass(frozen=True)
class Defect:
    """What is wrong in one trial. `redacted` shows no value of inputs, expected results or outputs.

    `at` is the student's own line where an error was raised, with its place; it is part of `text` already. `picture`
    shows the numbers of public inputs.
    """

    outcome: Outcome
    text: str
    redacted: str
    at: str = ""
    picture: Picture | None = None
