"""`autograder reset`: a notebook, or one exercise of it, as it was released; what was there is kept in `backup`."""

import json
import os
import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder import syllabus

BACKUP, PRACTICE = "backup", "practice-"
PACKED = (
    Path(__file__).parent.parent / "releases"
)  # a student's copy has them; in the repository they are `assignments`


class CannotReset(Exception):
    """Something that cannot be given back; the message says why."""


def reset_notebook(notebook: Path, release: Path) -> Path | None:
    """Put a whole notebook back as it was released; returns the copy that was made before, if there was a notebook."""
    backup = _keep(notebook) if os.path.lexists(notebook) else None
    notebook.parent.mkdir(parents=True, exist_ok=True)
    _write(notebook, release.read_bytes())
    return backup


def reset_exercise(notebook: Path, exercise: str, release: Path) -> Path:
    """Put an exercise's cells back as they were released; returns the copy that was made before. Raises CannotReset."""
    whole, released = _read(notebook), _read(release)
    stubs = _find_cells(released, exercise)
    if not stubs:
        raise CannotReset(syllabus.explain_unknown(exercise, _list_exercises(released)))
    backup = _keep(notebook)
    _put_back(whole["cells"], stubs, exercise)
    text = json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    _write(notebook, text.encode())
    return backup


def find_release(notebook: Path, course: Path) -> Path:
    """The release that a notebook is a copy of, by the unit that it names or is named after. Raises CannotReset.

    It is looked for in COURSE/assignments, and then in what is installed.
    """
    if notebook.is_dir():
        raise CannotReset(f"{notebook} is a folder: name the notebook")
    unit = _read_unit(notebook) or next((name for name in _list_units() if name in notebook.stem), None)
    places = (course / "assignments", PACKED)
    for place in places:
        for found in sorted(place.glob(f"[0-9][0-9]_{unit}/{unit}.ipynb")):
            return found
    known = sorted({path.name for place in places for path in place.glob("[0-9][0-9]_*/*.ipynb")})
    there = f"there are releases of {', '.join(known)}" if known else f"there are none in {places[0]}"
    raise CannotReset(f"there is no release of {notebook.name}; {there}")


def _read_unit(notebook: Path) -> str | None:
    """The unit that a notebook names, if it can be read and names one."""
    try:
        said = _read(notebook).get("metadata", {}).get("autograder", {})
    except (CannotReset, AttributeError):
        return None
    unit = said.get("unit") if isinstance(said, dict) else None
    return unit if unit in _list_units() else None


def _list_units() -> list[str]:
    return [*syllabus.units(), syllabus.PRACTICE.name]


def _read(path: Path) -> dict[str, Any]:
    try:
        whole = json.loads(path.read_bytes())
        if isinstance(whole["cells"], list) and all(isinstance(cell["source"], str | list) for cell in whole["cells"]):
            return dict(whole)
    except FileNotFoundError:
        raise CannotReset(f"there is no {path}") from None
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise CannotReset(
        f"{path} is not a notebook that can be read; `autograder reset {path}` without an exercise puts it aside and "
        "gives you a fresh one"
    )


def _grade_id(cell: dict[str, Any]) -> str:
    """The id that nbgrader knows a cell by, or that of the exercise of unit 0."""
    tags = (cell.get("metadata") or {}).get("nbgrader") or {}
    own_id = str(cell.get("id", ""))
    return str(tags.get("grade_id", "")) or own_id * own_id.startswith(PRACTICE)


def _find_cells(notebook: dict[str, Any], exercise: str) -> dict[str, dict[str, Any]]:
    """The cells of an exercise's code, or of a written question, by their ids."""
    pattern = re.compile(rf"{re.escape(exercise)}-solution(-\d+)?|({PRACTICE}|question-){re.escape(exercise)}")
    return {_grade_id(cell): cell for cell in notebook["cells"] if pattern.fullmatch(_grade_id(cell))}


def _list_exercises(notebook: dict[str, Any]) -> list[str]:
    ids = [_grade_id(cell) for cell in notebook["cells"]]
    return [
        name.partition("-solution")[0].removeprefix("question-").removeprefix(PRACTICE)
        for name in ids
        if re.search(f"-solution$|^question-|^{PRACTICE}", name)
    ]


def _put_back(cells: list[dict[str, Any]], stubs: dict[str, dict[str, Any]], exercise: str) -> None:
    """Write the stubs into their cells; one that was deleted is put in front of the exercise's check."""
    for name, stub in stubs.items():
        place = next((n for n, cell in enumerate(cells) if _grade_id(cell) == name), None)
        if place is None:
            check = (n for n, cell in enumerate(cells) if _grade_id(cell) == exercise)
            cells.insert(next(check, len(cells)), stub)
        else:
            cells[place] = stub


def _keep(notebook: Path) -> Path:
    """Copy a notebook into the folder `backup` beside it, under a name with the time, that nothing there has."""
    folder, name = notebook.parent / BACKUP, f"{notebook.stem}-{datetime.now():%Y-%m-%d-%H%M%S}"
    folder.mkdir(exist_ok=True)
    target, number = folder / f"{name}.ipynb", 1
    while os.path.lexists(target):
        number += 1
        target = folder / f"{name}-{number}.ipynb"
    with target.open("xb") as copy:
        copy.write(notebook.read_bytes())
    shutil.copystat(notebook, target)
    return target


def _write(notebook: Path, content: bytes) -> None:
    """Write all of it, or leave what is there."""
    part = notebook.with_name(f"{notebook.name}.part")
    part.write_bytes(content)
    os.replace(part, notebook)
