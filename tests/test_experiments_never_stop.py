"""A student's notebook runs from top to bottom at any stage of the work: each exercise unwritten, wrong, or right."""

import ast
import contextlib
import io
import re
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from nbformat import NotebookNode

from autograder import syllabus
from autograder.exercise import Exercise
from instructor.authoring.lessons import find_lessons, unit_name
from instructor.authoring.percent import read_cells
from tests.sampled import SHARE, sample
from tests.trainings import short_training

PROJECT = Path(__file__).resolve().parent.parent
LESSONS = find_lessons(PROJECT)

OPEN = ("unwritten", "nothing", "the input", "an error")
FUNCTIONS = {
    "nothing": "def {name}(*args, **kwargs):\n    return None",
    "the input": "def {name}(*args, **kwargs):\n    return (*args, *kwargs.values())[0]",
    "an error": "def {name}(*args, **kwargs):\n    raise ValueError('of my own')",
}
CLASSES = {
    "nothing": "lambda self, *args, **kwargs: None",
    "the input": "lambda self, *args, **kwargs: (*args, *kwargs.values())[0]",
    "an error": "lambda self, *args, **kwargs: {}['of my own']",
}


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """A copy of the solved notebooks, in the folders in which `own_work` looks for them."""
    for lesson in LESSONS:
        shutil.copytree(lesson.with_suffix(""), tmp_path / lesson.stem)
    monkeypatch.setenv("MPLBACKEND", "agg")
    return tmp_path


def cells_of(lesson: Path) -> list[NotebookNode]:
    """The code cells of a solved lesson."""
    notebook = nbformat.read(lesson.with_suffix("") / f"{unit_name(lesson)}.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def releases_of(lesson: Path) -> dict[str, str]:
    """What the release has in the place of each exercise."""
    released = nbformat.read(PROJECT / "assignments" / lesson.stem / f"{unit_name(lesson)}.ipynb", as_version=4)
    return {cell.id: cell.source for cell in released.cells if cell.cell_type == "code"}


def defines(source: str, name: str) -> bool:
    return any(getattr(node, "name", None) == name for node in ast.parse(source).body)


def broken(exercise: str, source: str, stage: str, released: str) -> str:
    """The cell of an exercise at a stage of the work."""
    if stage == "unwritten":
        assert released != source
        return released
    node = next(n for n in ast.parse(source).body if getattr(n, "name", None) == exercise)
    if isinstance(node, ast.FunctionDef):
        return FUNCTIONS[stage].format(name=exercise)
    assert isinstance(node, ast.ClassDef)
    methods = [n.name for n in node.body if isinstance(n, ast.FunctionDef) and n.name != "__init__"]
    return "\n".join((source, *(f"{exercise}.{method} = {CLASSES[stage]}" for method in methods)))


def run(lesson: Path, folder: Path, stages: dict[str, str], guessed: bool = True) -> Iterator[str]:
    """Run a lesson with these exercises at these stages and all others right; the cells that raised something.

    Where nothing is `guessed`, also those that did not wait for a guess.
    """
    released, namespace = releases_of(lesson), {"__name__": "__main__"}
    with contextlib.chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for cell in cells_of(lesson):
            source = short_training(cell.source)
            if name := next((name for name in stages if defines(source, name)), None):
                source = broken(name, source, stages[name], released[cell.id])
            if cell.id.startswith("guess-") and not guessed:
                source = released[cell.id]
            with contextlib.redirect_stdout(io.StringIO()) as said:
                try:
                    exec(compile(source, f"<{cell.id}>", "exec", dont_inherit=True), namespace)
                except Exception as error:
                    yield f"{cell.id}: {type(error).__name__}: {error}"
            plt.close("all")
            if "This cell stopped" in said.getvalue():
                yield f"{cell.id}: {said.getvalue()}"
            if "predicted(" in source and not guessed and not re.fullmatch("Guess first: write .*\n", said.getvalue()):
                yield f"{cell.id}: {said.getvalue()}"


def exercises_of(lesson: Path) -> list[Exercise]:
    return list(syllabus.units()[unit_name(lesson)].exercises)


LONG = ("transformer", "training", "decoding")  # what is right in them is trained for minutes
SINGLE = [(lesson, e.name, stage) for lesson in LESSONS for e in exercises_of(lesson) for stage in OPEN]
QUICK = [single for single in SINGLE if unit_name(single[0]) not in LONG]
TRIED = sample(QUICK, 48) if SHARE else SINGLE


@pytest.mark.parametrize(
    ("lesson", "stage"),
    sample([(lesson, stage) for stage in OPEN for lesson in LESSONS], 6),
    ids=lambda v: getattr(v, "stem", v),
)
def test_nothing_stops_where_no_exercise_is_right(lesson, stage, course):
    folder = course / lesson.stem
    assert list(run(lesson, folder, {e.name: stage for e in exercises_of(lesson)})) == []


@pytest.mark.parametrize("lesson", sample(LESSONS, 3), ids=unit_name)
def test_nothing_stops_where_nothing_is_guessed_and_each_experiment_waits(lesson, course):
    written = unit_name(lesson) not in LONG
    stages = {} if written else {e.name: "unwritten" for e in exercises_of(lesson)}
    assert list(run(lesson, course / lesson.stem, stages, guessed=False)) == []


@pytest.mark.parametrize(("lesson", "exercise", "stage"), TRIED, ids=lambda v: getattr(v, "stem", v))
def test_nothing_stops_where_one_exercise_is_not_right(lesson, exercise, stage, course):
    assert list(run(lesson, course / lesson.stem, {exercise: stage})) == []


def test_every_experiment_is_guarded():
    """A cell that calls an exercise does it inside `when_written`, or only defines what others call there."""
    for lesson in LESSONS:
        names = {exercise.name for exercise in exercises_of(lesson)}
        for cell in read_cells(lesson):
            if "experiment" in cell.metadata:
                calls = {name for statement in ast.parse(cell.source).body for name in called_outside(statement)}
                assert calls.isdisjoint(names), cell.metadata["experiment"]


def called_outside(statement: ast.stmt) -> set[str]:
    """The names that a statement at the top of a cell uses when it runs, without those inside `when_written`."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return set()
    if isinstance(statement, ast.With) and "when_written" in ast.unparse(statement.items[0]):
        return set()
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
