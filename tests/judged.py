"""Judge what trials are said to have shown, without running anything."""

from collections.abc import Mapping

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
