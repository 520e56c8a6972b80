"""Right code that looks unusual gets full marks, on public and on hidden inputs, through the real grader."""

from pathlib import Path

import pytest

from autograder import syllabus
from autograder.intake import submission
from autograder.verdict import Outcome
from tests.sampled import sample

FILES = sorted(Path(__file__).parent.glob("unusual/*/*.py"))

SECRET = "a secret of thirty-two characters and more"


def exercises_of(read: submission.Submission) -> list:
    unit = syllabus.units()[read.unit]
    return [e for e in unit.exercises if read.code.defines(e.name)]


@pytest.mark.parametrize("path", sample(FILES, 6), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_right_but_unusual_code_gets_full_marks(path, grader):
    read = submission.read(path)
    assert read.unit == path.parent.name
    grades = grader.grade(read, exercises_of(read), SECRET)
    assert grades
    failed = [(v.exercise, v.case, v.where, v.misconception) for g in grades for v in g.verdicts if not v.passed]
    assert failed == []
    assert all(g.outcome is Outcome.PASSED and g.score == g.points for g in grades)


@pytest.mark.parametrize("unit", syllabus.units().values(), ids=lambda unit: unit.name)
def test_every_exercise_has_at_least_three_unusual_solutions(unit):
    counts = dict.fromkeys((e.name for e in unit.exercises if not e.tests), 0)
    for path in FILES:
        if path.parent.name == unit.name:
            for exercise in exercises_of(submission.read(path)):
                counts[exercise.name] += 1
    assert min(counts.values()) >= 3, counts
