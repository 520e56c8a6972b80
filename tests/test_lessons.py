"""Every lesson runs from top to bottom in a kernel, and its solutions get full points there."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from autograder import syllabus
from autograder.shells.report import format_points
from instructor.authoring.lessons import find_lessons, unit_name
from tests.trainings import SHORT_TRAINING, sample_training

PROJECT = Path(__file__).resolve().parent.parent
LESSONS = find_lessons(PROJECT)
SECONDS_FOR_A_CELL = 600  # a guard against a kernel that hangs: no cell needs more than ten


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """A copy of the solved notebooks, in the folders in which `own_work` looks for them."""
    for lesson in LESSONS:
        shutil.copytree(lesson.with_suffix(""), tmp_path / lesson.stem)
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    return tmp_path


@pytest.mark.filterwarnings("ignore")  # of the kernel's own start
@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_a_solved_lesson_runs_and_gets_full_points(lesson, course):
    path = course / lesson.stem / f"{unit_name(lesson)}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = sample_training(cell.source)
    NotebookClient(notebook, timeout=SECONDS_FOR_A_CELL, resources={"metadata": {"path": str(path.parent)}}).execute()
    said = {cell.id: "\n".join(map(text, cell.outputs)) for cell in notebook.cells if cell.cell_type == "code"}
    assert not [
        f"{cell}: {output}"
        for cell, output in said.items()
        if re.search("Warning:|This cell stopped|Not yet:|Not right yet:", output)
    ]
    for exercise in syllabus.units()[unit_name(lesson)].exercises:
        points = format_points(exercise.points)
        kind = "bonus points" if exercise.bonus else "points"
        assert said[exercise.name].startswith(f"✓ {exercise.name}: passed, {points} of {points} {kind}\n")


def test_each_long_training_is_in_a_lesson():
    lessons = [lesson.read_text(encoding="utf-8") for lesson in LESSONS]
    assert [sum(text in lesson for lesson in lessons) for text in SHORT_TRAINING] == [1] * len(SHORT_TRAINING)


def text(output: nbformat.NotebookNode) -> str:
    """What an output says in a terminal, or what a cell printed."""
    return output.data.get("text/plain", "") if "data" in output else output.text
