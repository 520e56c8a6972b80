"""What a student's package says of code is what the course's own says: it knows the answers only as they are recorded."""

import json
import os
from pathlib import Path

import pytest

from autograder import syllabus
from autograder.intake import submission
from autograder.intake.submission import Submission
from autograder.judging.judge import judge
from autograder.plan import make_plan
from autograder.recorded import FOLDER
from instructor.answers.fingerprint import find_fresh
from tests.judged import RECORDED

TESTS = Path(__file__).parent
CAUSES = TESTS / "causes"
EDITS = json.loads((CAUSES / "edits.json").read_text(encoding="utf-8"))
EVERY = {"all": 1, "": 2, "some": 4}[os.environ.get("TEETH", "")]
FILES = [
    *CAUSES.glob("*.py"),
    *CAUSES.glob("plain/*.py"),
    *sorted(TESTS.glob("submissions/*.py"))[::EVERY],
    *sorted(TESTS.glob("unusual/*/*.py"))[::EVERY],
]


def test_every_unit_is_recorded_from_the_code_that_is_here():
    """`python -m instructor.authoring.record UNIT` records a unit anew."""
    assert find_fresh(FOLDER) == sorted(syllabus.units())


def assert_same(read: Submission, grader) -> None:
    plan = make_plan(read, syllabus.units()[read.unit].exercises, None)
    grader.answers.expect(plan.to_run)
    evidence = grader.executor.run(plan)
    assert judge(plan, evidence, RECORDED) == judge(plan, evidence, grader.answers)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_of_the_files_of_these_tests(path, grader):
    assert_same(submission.read(path), grader)


@pytest.mark.parametrize("edit", EDITS, ids=[f"{edit['exercise']}-{n}" for n, edit in enumerate(EDITS)])
def test_of_edits_of_right_code(edit, grader):
    source = (CAUSES / "plain" / f"{edit['unit']}.py").read_text(encoding="utf-8")
    for right, wrong in edit["edits"].items():
        source = source.replace(right, wrong)
    assert_same(submission.from_python(source, "edited.py", edit["unit"]), grader)
