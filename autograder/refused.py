"""Grades where there is nothing to grade: no points, and the sentence that says why."""

import ast
from collections.abc import Sequence

from autograder.exercise import Exercise
from autograder.grade import grade
from autograder.isolate import Worker
from autograder.submission import Submission, statements
from autograder.verdict import Grade, Outcome, Verdict

DEEPEST = 100


def refused(exercises: Sequence[Exercise], unit: str, sentence: str) -> list[Grade]:
    """No points for each exercise, because the file cannot be graded; `sentence` says why."""
    return [
        Grade(e.name, unit, e.points, e.bonus, (_verdict(e.name, e.points, sentence),), seed=None) for e in exercises
    ]


def _verdict(exercise: str, points: float, sentence: str) -> Verdict:
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


def grade_or_refuse(
    submission: Submission, exercises: Sequence[Exercise], worker: Worker, secret: str | None = None
) -> list[Grade]:
    """Grade as `grade` does; code that is nested too deeply to be read is refused. Raises GraderFault."""
    try:
        return grade(submission, exercises, worker, secret)
    except RecursionError:
        number = next((n for n, source in submission.cells.items() if _depth(source) > DEEPEST), None)
        if number is None:
            raise
        place = submission.place({"cell": number, "line": 1})
        sentence = f"{submission.path} cannot be read: the code at {place} is nested too deeply; write it in steps"
        return refused(exercises, submission.unit, sentence)


def _depth(source: str) -> int:
    """How deeply the code of a cell is nested, found without recursion."""
    depth, level = 0, list[ast.AST](statements(source))
    while level:
        depth, level = depth + 1, [child for node in level for child in ast.iter_child_nodes(node)]
    return depth
