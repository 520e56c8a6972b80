"""A submission: what a student handed in, a notebook or a Python file, as cells of Python. A file is data, too."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder import syllabus
from autograder.intake.cells import (
    is_code,
    is_test,
    is_untouched_experiment,
    nbgrader_metadata,
    own_metadata,
    read_source,
    split_cells,
)
from autograder.intake.code import Code
from autograder.intake.files import BadSubmission, is_notebook, is_python, kind_of_file, read_notebook, read_python
from autograder.intake.magics import as_python
from autograder.intake.places import main_name
from autograder.intake.printable import printable

LONGEST_FIRST_LINE = 60


class NoExercise(BadSubmission):
    """A Python file that can be read and defines no exercise."""


class IsPractice(BadSubmission):
    """The notebook of unit 0, which is checked and not graded."""


@dataclass(frozen=True)
class Submission:
    """What is graded: Python cells by number (a notebook's first cell is 1; a Python file's are its line numbers)."""

    path: str
    unit: str
    cells: Mapping[int, str]
    is_notebook: bool

    @cached_property
    def code(self) -> Code:
        """What the cells define and import."""
        return Code(self.cells)

    def __getstate__(self) -> dict[str, Any]:
        """Without the syntax trees, which are quickly parsed again and may be too deep to be pickled."""
        return {name: value for name, value in vars(self).items() if name != "code"}

    def line_of(self, cell: str, line: int | None) -> str | None:
        """The source of a line; None where the submission has no such line."""
        is_number = cell.isascii() and cell.isdecimal() and cell == str(int(cell[:9]))
        lines = self.cells.get(int(cell), "").splitlines() if is_number else []
        return lines[line - 1] if line is not None and 1 <= line <= len(lines) else None

    def place(self, cell: str | int, line: int) -> str:
        """Say where a line is, in words that a student can follow: "your cell of `EncoderLayer`, line 14", or "line 31
        of your file"."""
        return f"{self.cell_words(cell)}, line {line}" if self.is_notebook else f"line {line} of your file"

    def cell_words(self, cell: str | int) -> str:
        """Say which cell is meant, without its number, which no notebook shows: by the exercise that it defines, or by
        another function or class, or by its first line. Of a Python file, by its line."""
        number = int(cell)
        if not self.is_notebook:
            return f"the part of your file that begins at line {number}" if len(self.cells) > 1 else "your file"
        if name := main_name(self.code, number, syllabus.exercise_names()):
            return f"your cell of `{name}`"
        lines = (line.strip() for line in self.cells[number].splitlines())
        first = next(filter(None, lines), "")
        return f"your cell that begins with `{printable(first[:LONGEST_FIRST_LINE])}`"


def read(path: str | Path, unit: str | None = None) -> Submission:
    """Read a notebook or a Python file, of the given unit or of the one it says. Raises BadSubmission."""
    path = Path(path)
    if is_notebook(path):
        return from_notebook(read_notebook(path), printable(path), unit)
    if is_python(path):
        return from_python(read_python(path), printable(path), unit)
    what = kind_of_file(path.lstat().st_mode) if os.path.lexists(path) else "missing"
    if what == "a file":
        what = "neither a notebook (.ipynb) nor a Python file (.py)"
    raise BadSubmission(f"{printable(path)} is {what}: hand in the notebook itself")


def from_notebook(notebook: Mapping[str, Any], path: str, unit: str | None = None) -> Submission:
    """Take the cells to run from a notebook: the student's code, without tests and without untouched experiments.

    Raises BadSubmission.
    """
    cells = _take_cells(notebook)
    code = Code(cells)
    unit = unit or _find_unit(notebook, code)
    if unit is None:
        raise BadSubmission(f"{path} is not a notebook of this course: it has no solution cell and defines no exercise")
    _require_known(unit, path)
    has_solution = any(nbgrader_metadata(cell).get("solution") for cell in filter(is_code, notebook["cells"]))
    if not has_solution and not _count_defined(unit, code):
        raise BadSubmission(
            f"{path} has no solution cell of the unit {unit}: they are gone, or were never there; "
            "put your code into the released notebook"
        )
    return Submission(path, unit, cells, is_notebook=True)


def read_to_check(path: Path) -> Submission:
    """Read a notebook or a Python file that is checked and not graded; that of unit 0, too. Raises BadSubmission."""
    try:
        return read(path)
    except IsPractice:
        return read_practice(path)


def read_practice(path: Path) -> Submission:
    """Read the notebook of unit 0, which is in no grade. Raises BadSubmission."""
    cells = _take_cells(read_notebook(path))
    return Submission(printable(path), syllabus.PRACTICE.name, cells, is_notebook=True)


def _take_cells(notebook: Mapping[str, Any]) -> dict[int, str]:
    """The cells of code by number, without tests and without untouched experiments."""
    code = {n: cell for n, cell in enumerate(notebook["cells"], 1) if is_code(cell)}
    return {n: as_python(read_source(c)) for n, c in code.items() if not is_test(c) and not is_untouched_experiment(c)}


def from_python(text: str, path: str, unit: str | None = None) -> Submission:
    """Take the cells of a Python file; each keeps its line numbers. Raises BadSubmission."""
    cells = {start: "\n" * (start - 1) + as_python(source) for start, source in split_cells(text).items()}
    code = Code(cells)
    unit = unit or _find_unit_by_names(code)
    if unit is None or not _count_defined(unit, code):
        of = f"the unit {unit}" if unit else f"this course; its units are {', '.join(syllabus.units())}"
        raise NoExercise(f"{path} defines no exercise of {of}")
    return Submission(path, unit, cells, is_notebook=False)


def _find_unit(notebook: Mapping[str, Any], code: Code) -> Any:
    """The unit that a notebook says it is of, where that can be; otherwise the one whose exercises it defines most."""
    said = own_metadata(notebook).get("unit")
    by_names = _find_unit_by_names(code)
    is_unit = isinstance(said, str) and said in syllabus.units()
    return said if said is not None and (by_names is None or (is_unit and _count_defined(said, code))) else by_names


def _find_unit_by_names(code: Code) -> str | None:
    counts = {unit: _count_defined(unit, code) for unit in syllabus.units()}
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else None


def _count_defined(unit: str, code: Code) -> int:
    """How many of a unit's exercises the cells define, or should."""
    return sum(code.defines(exercise.name) for exercise in syllabus.units()[unit].exercises)


def _require_known(unit: Any, path: str) -> None:
    if unit == syllabus.PRACTICE.name:
        raise IsPractice(f"{path} is unit 0, which is not graded: check it in the notebook, and hand in nothing")
    if unit not in list(syllabus.units()):
        raise BadSubmission(
            f"{path} belongs to the unit {printable(repr(unit))[:60]}; this course has {', '.join(syllabus.units())}"
        )
