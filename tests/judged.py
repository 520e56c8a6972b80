"""Judge what trials are said to have shown, without running anything."""

import re
from collections.abc import Mapping
from math import isclose

from autograder.answers import Answers
from autograder.answers.recorded import RecordedAnswers
from autograder.evidence import Evidence, Failure, Shown
from autograder.exercise import Exercise, Misconception, Trial
from autograder.intake.submission import Submission
from autograder.judging.judge import judge
from autograder.plan import Plan
from autograder.recorded import Recorded
from autograder.verdict import Grade
from instructor.answers.live import LiveAnswers

ANSWERS = LiveAnswers()
RECORDED = RecordedAnswers(Recorded())  # what a student has


class WithoutMistakes(LiveAnswers):
    """Answers that know of no mistake, where none is to be looked for."""

    def _relevant(self, exercise: Exercise) -> tuple[Misconception, ...]:
        return ()


def judge_shown(
    exercise: Exercise,
    shown: Mapping[Trial, Shown],
    cells: Mapping[int, str] | None = None,
    failed_cells: Mapping[int, Failure] | None = None,
    unit: str = "a unit",
    answers: Answers = ANSWERS,
) -> Grade:
    """The grade of one exercise of a notebook with these cells."""
    submission = Submission("a notebook", unit, cells or {1: ""}, is_notebook=True)
    plan = Plan(submission, {exercise.name: tuple(shown)}, {exercise.name: None})
    (grade,) = judge(plan, Evidence(shown, failed_cells or {}), answers)
    return grade


NUMBER = re.compile(r"(-?\d+\.\d+(?:e-?\d+)?|\b\d+ of \d+ differ)")


def assert_same(one: Grade, other: Grade) -> None:
    """Both say the same. Where a number is off by about as much as is forgiven, its last digits are not looked at, nor
    whether it is counted: what is recorded is rounded to a fifteenth of that."""
    (said, of_one), (told, of_other) = map(_split, (one, other))
    assert said == told
    assert [pair for pair in zip(of_one, of_other, strict=True) if not _are_close(*pair)] == []


def _split(grade: Grade) -> tuple[list[str], list[str]]:
    parts = NUMBER.split(repr(grade))
    return parts[::2], parts[1::2]


def _are_close(one: str, other: str) -> bool:
    if "differ" in one + other:
        (counted, whole), (also, total) = ([int(n) for n in re.findall(r"\d+", text)] for text in (one, other))
        return whole == total and abs(counted - also) <= whole / 50
    return isclose(float(one), float(other), rel_tol=1e-7, abs_tol=1e-9)
