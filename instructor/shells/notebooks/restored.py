"""A clean notebook made from a submitted one: the sources of its cells, and all else from nbgrader's gradebook."""

import copy
from collections.abc import Mapping
from typing import Any

from autograder import syllabus
from autograder.intake.cells import CHECK, is_code
from autograder.intake.submission import Submission, from_notebook

REFUSED = "refused"
Cell = dict[str, Any]


def restore(notebook: Mapping[str, Any], known: Mapping[str, Cell]) -> dict[str, Any]:
    """A clean notebook made from a submitted one and the cells that nbgrader knows.

    A cell whose id is unknown, stands there twice or has changed its type becomes an ordinary cell. A missing graded
    cell is put back as it was released, in its place.
    """
    found: dict[str, Cell] = {}
    cells = [_restore(cell, known, found) for cell in notebook["cells"]]
    for cell_id in known:
        if cell_id not in found:
            _put_back(cells, cell_id, known, found)
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"
    own = {"unit": _find_unit(known)} | {k: notebook["metadata"][k] for k in (REFUSED,) if k in notebook["metadata"]}
    metadata = {"autograder": own, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _find_unit(known: Mapping[str, Any]) -> str:
    """The unit whose exercises an assignment's test cells name. Raises ValueError where they name none."""
    unit = next((syllabus.unit_of(name).name for name in known if name in syllabus.exercise_names()), None)
    if unit is None:
        raise ValueError("no cell of this notebook is a test of one of the course's exercises")
    return unit


def read_known_cells(notebook: Any) -> dict[str, Cell]:
    """The released cells of a gradebook's notebook, in their order, as fresh notebook cells."""
    points = {cell.name: cell.max_score for cell in notebook.grade_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    cells = {}
    for row in notebook.source_cells:
        roles = {"grade": row.name in points, "solution": row.name in solutions, "locked": row.locked, "task": False}
        tags = {"grade_id": row.name, "schema_version": 3, "checksum": row.checksum, **roles}
        if row.name in points:
            tags["points"] = points[row.name]
        cells[row.name] = _make_cell(row.cell_type, row.source, {"nbgrader": tags})
    return cells


def read_restored(notebook: Mapping[str, Any], name: str) -> tuple[Submission, list[str]]:
    """What is graded of a restored notebook, and the exercises whose test cells it has."""
    exercises = [cell["metadata"]["nbgrader"]["grade_id"] for cell in notebook["cells"] if is_test(cell)]
    return from_notebook(notebook, f"{name}.ipynb", notebook["metadata"]["autograder"]["unit"]), exercises


def is_test(cell: Mapping[str, Any]) -> bool:
    """Whether a restored cell is one that the grader fills in."""
    tags = cell["metadata"].get("nbgrader", {})
    return bool(tags.get("grade")) and not tags.get("solution")


def _make_cell(kind: str, source: str, metadata: dict[str, Any]) -> Cell:
    """A cell without output, code or text."""
    of_code: Cell = {"outputs": [], "execution_count": None}
    cell: Cell = {"cell_type": "code", **of_code} if kind == "code" else {"cell_type": "markdown"}
    return {**cell, "source": source, "metadata": metadata}


def _restore(cell: Mapping[str, Any], known: Mapping[str, Cell], found: dict[str, Cell]) -> Cell:
    source = cell["source"] if isinstance(cell["source"], str) else ""
    grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
    if isinstance(grade_id, str) and grade_id in known and grade_id not in found:
        original = known[grade_id]
        fits = original["cell_type"] == cell["cell_type"] or (original["cell_type"] == "code" and is_code(cell))
        if fits and (not is_test(original) or CHECK.match(source)):  # own code in a test cell runs, as everywhere
            found[grade_id] = copy.deepcopy(original)
            if not original["metadata"]["nbgrader"]["locked"]:
                found[grade_id]["source"] = source
                _attach(found[grade_id], cell)
            return found[grade_id]
    mark = cell["metadata"].get("autograder", {}).get("experiment")
    if cell["cell_type"] == "code":
        return _make_cell("code", source, {"autograder": {"experiment": mark}} if isinstance(mark, str) else {})
    return _attach(_make_cell("markdown", source, {}), cell)


def _attach(restored: Cell, cell: Mapping[str, Any]) -> Cell:
    """A text with the pictures that were attached to it; they have been checked when it was read."""
    if restored["cell_type"] == "markdown" and cell.get("attachments"):
        restored["attachments"] = cell["attachments"]
    return restored


def _put_back(cells: list[Cell], cell_id: str, known: Mapping[str, Cell], found: dict[str, Cell]) -> None:
    """Insert a missing cell behind the nearest one that comes before it in the release."""
    order = list(known)
    before = [found[other] for other in order[: order.index(cell_id)] if other in found]
    place = next((n for n, cell in enumerate(cells) if before and cell is before[-1]), -1) + 1
    found[cell_id] = copy.deepcopy(known[cell_id])
    cells.insert(place, found[cell_id])
