"""Students' code that failed alike before its mistake had a name: `autograder misconception new` keeps it here."""

from pathlib import Path

import pytest

from autograder import syllabus
from autograder.intake import submission

FOLDER = Path(__file__).with_name("causes") / "groups"
FILES = sorted(FOLDER.glob("*/*/*.py"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_mistake_of_a_group_is_named_first(path, grader):
    unit, exercise = path.parts[-3:-1]
    read = submission.from_python(path.read_text(encoding="utf-8"), path.name, unit)
    (grade,) = grader.grade(read, [syllabus.exercise(exercise)])
    assert [finding.name for finding in grade.findings][:1] == [path.stem.rpartition("-")[0]]
