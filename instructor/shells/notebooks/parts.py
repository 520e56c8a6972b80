"""What the cells of a graded notebook are: the lesson's, the student's own, or part of an exercise or a question."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder import syllabus

LESSON, OWN, SOLUTION, REPORT, ANSWER = "lesson", "own", "solution", "report", "answer"
QUESTION = "question-"
ATTACHED = re.compile(r"!\[[^\]\n]*\]\(attachment:[^)\n]*\)\n*")


@dataclass(frozen=True)
class Part:
    """Cells that belong together: a run of lesson or own cells, or one cell of the exercise or question `name`."""

    kind: str
    name: str
    cells: tuple[NotebookNode, ...]


def split(notebook: NotebookNode, course: Path) -> Iterator[Part]:
    """The parts of a graded notebook, in its order. What the lesson's text is, the releases in `course` say."""
    lesson = read_lesson(course, notebook.metadata.get("autograder", {}).get("unit", ""))
    for (kind, name), run in groupby(notebook.cells, key=lambda cell: _classify(cell, lesson)):
        cells = tuple(run)
        together = [(cell,) for cell in cells] if kind in (REPORT, ANSWER) else [cells]
        yield from (Part(kind, name, part) for part in together)


def _classify(cell: NotebookNode, lesson: frozenset[str]) -> tuple[str, str]:
    tags = cell.metadata.get("nbgrader", {})
    name = tags.get("grade_id", "")
    if tags.get("grade"):
        return (ANSWER, name) if tags.get("solution") else (REPORT, name)
    if tags.get("solution"):
        return SOLUTION, name.partition("-solution")[0]
    return (LESSON if cell.source.strip() in lesson else OWN), ""


def read_lesson(course: Path, unit: str) -> frozenset[str]:
    """The texts of a unit's released cells that are not graded; nothing where there is no release."""
    found = sorted(course.glob(f"assignments/[0-9][0-9]_{unit}/{unit}.ipynb")) if unit in syllabus.units() else []
    return _read_texts(found[0], found[0].stat().st_mtime_ns) if found else frozenset()


@lru_cache(maxsize=16)
def _read_texts(release: Path, _: int) -> frozenset[str]:
    cells = nbformat.read(release, as_version=4).cells
    return frozenset(cell.source.strip() for cell in cells if "nbgrader" not in cell.metadata)


def as_markdown(cells: Iterable[NotebookNode]) -> str:
    """The text of some cells; code is fenced, and not coloured, which would take three times the room.

    The pictures that are attached to a lesson's cells are left out, for the same reason.
    """
    return "\n\n".join(f"```\n{c.source}\n```" if c.cell_type == "code" else without_attached(c.source) for c in cells)


def without_attached(text: str) -> str:
    """A lesson's text without the pictures that are attached to it."""
    return ATTACHED.sub("", text)
