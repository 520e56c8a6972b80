"""No grade changes by accident: what was recorded in `golden.json` is what a grade says today."""

import pytest

from autograder import bank
from tests import golden

RECORDED = golden.recorded()


@pytest.mark.parametrize("name", [name for name in RECORDED if name.startswith("demo/")])
def test_a_student_of_the_demo_gets_the_grade_that_was_recorded(name, grader):
    """With the secret, which tries the public inputs too; `python -m tests.golden` looks at both grades.

    The other files' are compared where these are graded anyway.
    """
    assert golden.grade_submission(golden.submissions()[name], grader, "secret") == RECORDED[name]["secret"]


def test_everything_that_was_recorded_is_there():
    mistakes = {f"mistake/{unit.name}/{m.name}" for unit in bank.units().values() for m in unit.misconceptions}
    assert RECORDED.keys() == golden.submissions().keys() | mistakes
