"""Work that was done in a bundle gets the same grade as work that was done in the repository's own notebooks."""

import importlib
from pathlib import Path

import nbformat
import pytest

from autograder import syllabus
from autograder.intake.submission import read
from demo.classroom import submission
from instructor.bundle.notebooks import prepare_notebook

PROJECT = Path(__file__).resolve().parent.parent
SECRET = "a secret of thirty-two characters and more"


def answers_with_mistakes(unit: str) -> dict[str, str | None]:
    """What the students of the demo's class wrote, all in one notebook: right and wrong, and one exercise left open."""
    students = importlib.import_module(f"demo.{unit}").STUDENTS.values()
    written = {name: code for answers in students for name, code in answers.items() if code is not None}
    return written | {syllabus.units()[unit].exercises[-1].name: None}


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["positional_encoding", "encoder", "tokenization", "decoding"])
def test_the_grade_is_the_same(unit, tmp_path, grader):
    (released,) = (PROJECT / "assignments").glob(f"*_{unit}/{unit}.ipynb")
    source = nbformat.read(PROJECT / "solutions" / released.parent.name / released.name, as_version=4)
    prepare_notebook(released, bundled := tmp_path / "bundled" / released.name)
    grades = []
    for place, release in (("repository", released), ("bundle", bundled)):
        path = tmp_path / place / released.name
        path.parent.mkdir()
        nbformat.write(submission(source, nbformat.read(release, as_version=4), answers_with_mistakes(unit)), path)
        grades.append(grader.grade(read(path), syllabus.units()[unit].exercises, SECRET))
    assert grades[0] == grades[1]
    assert 0 < sum(grade.score for grade in grades[0]) < sum(grade.points for grade in grades[0])
