"""The student's own folder `work`: copies of the releases, and a stub given back with what was there kept."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder import syllabus
from instructor.authoring.releases import NOBODYS, read_mark

BACKUP = "backup"


class CannotReset(Exception):
    """A stub that cannot be given back; the message says why."""


def copy_releases(course: Path, work: Path) -> Iterator[str]:
    """Copy what is in no notebook yet from COURSE/assignments to `work`; says what it did. Nothing is overwritten."""
    for path in sorted((course / "assignments").rglob("*")):
        name = path.relative_to(course / "assignments")
        if not path.is_file() or any(part in NOBODYS or part.startswith(".") for part in name.parts):
            continue
        target = work / name
        if not os.path.lexists(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            yield f"new: {target}"
        elif read_mark(target) != read_mark(path):
            yield f"kept: {target}; {path} is another version, so copy over what you need"


def reset(notebook: Path, exercise: str, release: Path) -> Path:
    """Put an exercise's cells back as they were released; returns the copy that was made before. Raises CannotReset."""
    whole, released = _read(notebook), _read(release)
    stubs = _find_cells(released, exercise)
    if not stubs:
        raise CannotReset(syllabus.explain_unknown(exercise, _list_exercises(released)))
    backup = _keep(notebook)
    _put_back(whole["cells"], stubs, exercise)
    part = notebook.with_name(f"{notebook.name}.part")
    part.write_text(json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(part, notebook)
    return backup


def find_release(notebook: Path, course: Path) -> Path:
    """The release that a notebook is a copy of, by the unit that it names or is named after. Raises CannotReset."""
    said = _read(notebook).get("metadata", {}).get("autograder", {})
    unit = said.get("unit") if isinstance(said, dict) else None
    unit = (
        unit if unit in syllabus.units() else next((name for name in syllabus.units() if name in notebook.stem), None)
    )
    found = sorted((course / "assignments").glob(f"[0-9][0-9]_{unit}/{unit}.ipynb"))
    if not found:
        raise CannotReset(f"there is no release of {notebook.name} in {course / 'assignments'}")
    return found[0]


def _read(path: Path) -> dict[str, Any]:
    try:
        whole = json.loads(path.read_bytes())
        if isinstance(whole["cells"], list) and all(isinstance(cell["source"], str | list) for cell in whole["cells"]):
            return whole
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise CannotReset(f"{path} is not a notebook that can be read")


def _grade_id(cell: dict[str, Any]) -> str:
    tags = (cell.get("metadata") or {}).get("nbgrader") or {}
    return str(tags.get("grade_id", ""))


def _find_cells(notebook: dict[str, Any], exercise: str) -> dict[str, dict[str, Any]]:
    """The cells of an exercise's code, or of a written question, by their ids."""
    pattern = re.compile(rf"{re.escape(exercise)}-solution(-\d+)?|question-{re.escape(exercise)}")
    return {_grade_id(cell): cell for cell in notebook["cells"] if pattern.fullmatch(_grade_id(cell))}


def _list_exercises(notebook: dict[str, Any]) -> list[str]:
    ids = [_grade_id(cell) for cell in notebook["cells"]]
    return [
        name.partition("-solution")[0].removeprefix("question-") for name in ids if re.search("-solution$|^quest", name)
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
    """Copy a notebook into the folder `backup` beside it."""
    folder, number = notebook.parent / BACKUP, 1
    while os.path.lexists(folder / f"{notebook.stem}-{number}.ipynb"):
        number += 1
    folder.mkdir(exist_ok=True)
    return Path(shutil.copyfile(notebook, folder / f"{notebook.stem}-{number}.ipynb"))
