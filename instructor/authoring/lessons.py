"""From an authored lesson to the nbgrader source and the release, byte for byte the same on every build.

A lesson is a text, `solutions/NN_unit.py` in jupytext's percent format. What its cells are for stands in their headers:

    # %% exercise="softmax" minutes=8 difficulty=1 importance=4    the student's code, with the solution between
                                                                   BEGIN SOLUTION and END SOLUTION
    # %% check="softmax"                                           the test cell, `check("softmax")`
    # %% experiment="heatmaps"                                     given code that no grade needs
    # %% guess="heatmaps"                                          what the student expects of it: `guesses.py`
    # %% number="cost"                                             a number of a written question: `calculated.py`
    # %% practice="dot_products"                                   the student's code in unit 0, which is not graded
    # %% [markdown] question="why" minutes=8                       an answer in words, graded by hand

Difficulty and importance are from 1 to 5. nbgrader knows nothing of guesses, numbers and unit 0: what their cells are
in a release is noted in the source (`RELEASED`). Markers in the text become tables and headers:
`tables_and_headers.py`.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder import syllabus
from autograder.intake.cells import experiment_mark
from instructor.authoring import course_map, shape_flow
from instructor.authoring.calculated import read_number
from instructor.authoring.changed_by_hand import RELEASE, RELEASED, fingerprint, open_cells, refuse_to_overwrite
from instructor.authoring.guesses import read_guess
from instructor.authoring.percent import read_cells
from instructor.authoring.tables_and_headers import BadLesson, Markers

KINDS = ("exercise", "check", "experiment", "question", "guess", "number", "practice")
SOLUTION = re.compile(r"( *)### BEGIN SOLUTION\n(.*?) *### END SOLUTION", re.DOTALL)
INTRODUCTION = "00_"
FAILS_CLOSED = """
### BEGIN HIDDEN TESTS
import os

if os.environ.get("NBGRADER_EXECUTION") == "autograde":
    raise RuntimeError("not graded: the course's grader did not run")
### END HIDDEN TESTS"""


def find_lessons(course: Path) -> list[Path]:
    """The authored lessons of a course's units, in order; unit 0 is in `find_introduction`."""
    return [lesson for lesson in _find_all(course) if not lesson.name.startswith(INTRODUCTION)]


def find_introduction(course: Path) -> list[Path]:
    """The lesson of unit 0, which has no points and is in no grade; nothing where a course has none."""
    return [lesson for lesson in _find_all(course) if lesson.name.startswith(INTRODUCTION)]


def _find_all(course: Path) -> list[Path]:
    return sorted((course / "solutions").glob("[0-9][0-9]_*.py"))


def unit_name(lesson: Path) -> str:
    """02_attention.py is the lesson of the unit attention."""
    return lesson.stem.partition("_")[2]


def render_lesson(lesson: Path) -> dict[Path, str]:
    """The files that a lesson becomes, by path relative to the course: the nbgrader source and the release.

    Raises BadLesson.
    """
    source = source_notebook(lesson)
    release = release_notebook(source, lesson.stem)
    for notebook in (source, release):  # nbgrader's generate_assignment copies the source's
        notebook.metadata["autograder"][RELEASE] = fingerprint(release.cells)
    name = Path(lesson.stem) / f"{unit_name(lesson)}.ipynb"
    return {Path("solutions") / name: _serialize(source), Path("assignments") / name: _serialize(release)}


def source_notebook(lesson: Path) -> NotebookNode:
    """The nbgrader source of a lesson, solutions included. Raises BadLesson."""
    authored = read_cells(lesson)
    for cell, text in zip(authored, Markers(lesson.stem, authored).render(), strict=True):
        cell.source = text
        shape_flow.attach(cell)
    course_map.put_into(authored[0], int(lesson.stem[:2]))
    counts: Counter[str] = Counter()
    cells = [_source_cell(cell, lesson, counts) for cell in authored]
    unit = syllabus.units().get(unit_name(lesson))
    missing = {e.name for e in (unit.exercises if unit else ())} - {
        cell.metadata.nbgrader.grade_id for cell in cells if "nbgrader" in cell.metadata
    }
    if missing:
        raise BadLesson(f"{lesson.name} has no test cell for {', '.join(sorted(missing))}")
    metadata = {
        "autograder": {"unit": unit_name(lesson)},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata, nbformat=4, nbformat_minor=5)


def release_notebook(source: NotebookNode, assignment: str) -> NotebookNode:
    """What nbgrader's own generate_assignment makes of a source, without touching a gradebook."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.preprocessors import SaveCells

    notebook = nbformat.from_dict(source)
    resources = {"nbgrader": {"assignment": assignment}, "metadata": {"name": assignment}}
    for step in GenerateAssignment.class_traits()["preprocessors"].default():
        if step is not SaveCells:
            notebook, resources = step().preprocess(notebook, resources)
    return open_cells(notebook)


def _source_cell(cell: NotebookNode, lesson: Path, counts: Counter) -> NotebookNode:
    kind = next((kind for kind in KINDS if kind in cell.metadata), None)
    name = cell.metadata[kind] if kind else ""
    metadata: dict = {}
    text = cell.source
    if kind == "exercise":
        counts[name] += 1
        cell_id = f"{name}-solution" + (f"-{counts[name]}" if counts[name] > 1 else "")
        metadata["nbgrader"] = _nbgrader(cell_id, solution=True)
    elif kind == "check":
        cell_id = name
        if text.strip() != f'check("{name}")':
            raise BadLesson(f'{lesson.name}: the test cell of {name} must say check("{name}") and nothing else')
        metadata["nbgrader"] = _nbgrader(name, grade=True, locked=True, points=_points(name, lesson))
        text = text.strip() + FAILS_CLOSED
    elif kind == "experiment":
        cell_id = f"experiment-{name}"
        metadata["autograder"] = {"experiment": experiment_mark(text)}
    elif kind == "question":
        cell_id = f"question-{name}"
        metadata["nbgrader"] = _nbgrader(cell_id, grade=True, solution=True, points=_question_points(name, lesson))
    elif kind == "guess":
        guess = read_guess(name, text)
        cell_id, text = f"guess-{name}", guess.write(guess.right)
        metadata["autograder"] = {RELEASED: guess.write(None)}
    elif kind == "number":
        number = read_number(name, text)
        cell_id, text = f"number-{name}", number.write(number.right)
        metadata["autograder"] = {RELEASED: number.write("None")}
    elif kind == "practice":
        cell_id = f"practice-{name}"
        metadata["autograder"] = {RELEASED: SOLUTION.sub(r"\1raise NotImplementedError()", text)}
        text = SOLUTION.sub(lambda found: found[2].rstrip(), text)
    else:
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        counts[digest] += 1
        cell_id = f"given-{digest}" + (f"-{counts[digest]}" if counts[digest] > 1 else "")
    made = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    attached = {"attachments": cell.attachments} if "attachments" in cell else {}
    return made(text, id=cell_id, metadata=metadata, **attached)


def _nbgrader(grade_id: str, **roles: object) -> dict[str, object]:
    roles = {"grade": False, "locked": False, "solution": False, "task": False} | roles
    return {"grade_id": grade_id, "schema_version": 3, **roles}


def _points(name: str, lesson: Path) -> float:
    """nbgrader's points of a test cell: none for a bonus, which is extra credit."""
    try:
        exercise = syllabus.exercise(name)
    except syllabus.UnknownName as unknown:
        raise BadLesson(f"{lesson.name}: {unknown}") from unknown
    return 0.0 if exercise.bonus else exercise.points


def _question_points(name: str, lesson: Path) -> float:
    return float(next(q.points for q in syllabus.units()[unit_name(lesson)].questions if q.name == name))


def _serialize(notebook: NotebookNode) -> str:
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=4) + "\n"


def find_stale(course: Path, lessons: Sequence[Path] | None = None) -> Iterator[Path]:
    """The built files, of these lessons or of all, that are not what a fresh build would write. Raises BadLesson."""
    yield from _render_stale(course, _find_all(course) if lessons is None else lessons)


def _render_stale(course: Path, lessons: Sequence[Path]) -> dict[Path, str]:
    """The files that a fresh build would change, as it would write them."""
    fresh = (made for lesson in lessons for made in render_lesson(lesson).items())
    return {path: text for path, text in fresh if not _says(course / path, text)}


def _says(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text


def build(course: Path) -> list[Path]:
    """Write source and release of every lesson of a course; return the files that changed.

    Raises BadLesson, and ChangedByHand where a release holds somebody's work: then nothing is written.
    """
    changed = _render_stale(course, _find_all(course))
    refuse_to_overwrite((course / path for path in changed if path.parts[0] == "assignments"), course)
    for path, text in changed.items():
        (course / path).parent.mkdir(parents=True, exist_ok=True)
        (course / path).write_text(text, encoding="utf-8", newline="\n")
    return list(changed)
