"""Grades where there is nothing to grade: no points, and the sentence that says why."""

from collections.abc import Sequence

from autograder.exercise import Exercise
from autograder.verdict import Grade, Outcome, Verdict


def refuse(exercises: Sequence[Exercise], unit: str, sentence: str) -> list[Grade]:
    """No points for each exercise, because the file cannot be graded; `sentence` says why."""
    return [
        Grade(e.name, unit, e.points, e.bonus, (_refuse(e.name, e.points, sentence),), seed=None) for e in exercises
    ]


def _refuse(exercise: str, points: float, sentence: str) -> Verdict:
    return Verdict(
        exercise=exercise,
        case="file",
        promise="the file that was handed in can be graded",
        outcome=Outcome.UNREADABLE,
        points=points,
        where=sentence,
        misconception="",
        cause="",
        source="",
        hidden=False,
    )
