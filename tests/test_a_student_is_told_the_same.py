"""A student's package says of code what the course's own says, though it knows the answers only as recorded."""

import dataclasses
import json
from pathlib import Path

import pytest

from autograder import syllabus
from autograder.exercise import Case
from autograder.intake import submission
from autograder.intake.submission import Submission
from autograder.judging.judge import judge
from autograder.plan import make_plan
from autograder.recorded import FOLDER, Recorded
from instructor.answers.fingerprint import find_fresh
from instructor.authoring.record import public_cases
from tests.judged import RECORDED, assert_same
from tests.sampled import sample

TESTS = Path(__file__).parent
CAUSES = TESTS / "causes"
EDITS = json.loads((CAUSES / "edits.json").read_text(encoding="utf-8"))
TOLD = [edit for edit in EDITS if "unrecorded" not in edit]  # the others are explained only where the bank is
FILES = [
    *sample(sorted(CAUSES.glob("*.py")), 16),
    *sample(sorted(CAUSES.glob("plain/*.py")), 8),
    *sample(sorted(TESTS.glob("submissions/*.py")), 48),
    *sample(sorted(TESTS.glob("unusual/*/*.py")), 72),
]
MADE_ANEW = ("actions", "view", "ungraded", "candidate")


def test_every_unit_is_recorded_from_the_code_that_is_here():
    """`python -m instructor.authoring.record UNIT` records a unit anew."""
    assert sorted(find_fresh(FOLDER)) == sorted(syllabus.units())


def test_a_students_cases_are_as_the_bank_has_them():
    """Each field of each public case, but for the functions, which are recorded as what they give."""
    fields = [field.name for field in dataclasses.fields(Case) if field.name not in MADE_ANEW]
    recorded = Recorded().units()
    for unit in syllabus.units().values():
        for ours, theirs in zip(unit.exercises, recorded[unit.name].exercises, strict=True):
            for case, again in zip(public_cases(ours), theirs.cases, strict=True):
                assert [getattr(again, field) for field in fields] == [getattr(case, field) for field in fields]


def assert_told_the_same(read: Submission, grader) -> None:
    plan = make_plan(read, syllabus.units()[read.unit].exercises, None)
    grader.answers.expect(plan.to_run)
    evidence = grader.executor.run(plan)
    for said, told in zip(*(judge(plan, evidence, known) for known in (grader.answers, RECORDED)), strict=True):
        assert_same(said, told)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_of_the_files_of_these_tests(path, grader):
    assert_told_the_same(submission.read(path), grader)


@pytest.mark.parametrize("edit", sample(TOLD, 20), ids=lambda edit: f"{edit['exercise']}-{EDITS.index(edit)}")
def test_of_edits_of_right_code(edit, grader):
    source = (CAUSES / "plain" / f"{edit['unit']}.py").read_text(encoding="utf-8")
    for right, wrong in edit["edits"].items():
        source = source.replace(right, wrong)
    assert_told_the_same(submission.from_python(source, "edited.py", edit["unit"]), grader)
