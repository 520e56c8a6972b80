"""What an audit found, for people and as data."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import click

from autograder.exercise import Exercise
from instructor.audit.candidates import Candidate
from instructor.audit.trying import Said


@dataclass(frozen=True)
class Tried:
    """A candidate, and what the tests say of it."""

    candidate: Candidate
    said: Said

    @property
    def is_judged_wrongly(self) -> bool:
        """Whether the tests accept what is wrong, or refuse what is right."""
        return self.said.accepted is not self.candidate.is_right


def render(exercise: Exercise, tried: Sequence[Tried], width: int = 100) -> str:
    """The shares, and each candidate about which the tests are wrong, as lines for a terminal."""
    return "\n".join(_lines(exercise, tried, width))


def _lines(exercise: Exercise, tried: Sequence[Tried], width: int) -> Iterator[str]:
    right, wrong = _split(tried)
    yield fill(f"{exercise.name}: {exercise.source}", width)
    yield f"right implementations accepted: {_share(right)}"
    yield f"wrong implementations refused: {_share(wrong)}"
    if not any(one.said.accepted for one in tried):
        yield "The tests refuse everything. Do they call the candidate as this exercise is called?"
    for heading, some in (("Refused, but right:", right), ("Accepted, but wrong:", wrong)):
        mistaken = [one for one in some if one.is_judged_wrongly]
        if mistaken:
            yield click.style(f"\n{heading}", bold=True)
        for one in mistaken:
            yield f"  {one.candidate.name}"
            for text in filter(None, (one.candidate.sentence, one.said.reason)):
                yield fill(text, width, initial_indent=" " * 4, subsequent_indent=" " * 4)


def _split(tried: Iterable[Tried]) -> tuple[list[Tried], list[Tried]]:
    tried = list(tried)
    return [one for one in tried if one.candidate.is_right], [one for one in tried if not one.candidate.is_right]


def _share(some: Sequence[Tried]) -> str:
    """How many of these are judged as they deserve, and the share, which is 100 % only where all are."""
    good = sum(not one.is_judged_wrongly for one in some)
    return f"{good} of {len(some)}" + (f" ({100 * good // len(some)} %)" if some else "")


def as_data(exercise: Exercise, path: str, tried: Sequence[Tried]) -> dict[str, Any]:
    """Everything, for a JSON file."""
    right, wrong = _split(tried)
    return {
        "tests": path,
        "exercise": exercise.name,
        "right": {"accepted": sum(one.said.accepted for one in right), "of": len(right)},
        "wrong": {"refused": sum(not one.said.accepted for one in wrong), "of": len(wrong)},
        "candidates": [
            {
                "name": one.candidate.name,
                "sentence": one.candidate.sentence,
                "is_right": one.candidate.is_right,
                "accepted": one.said.accepted,
                "reason": one.said.reason,
            }
            for one in tried
        ],
    }
