"""Find the one file that is graded in what a student handed in, and keep what is no file out of everyone's way."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from autograder.intake.cells import split_cells
from autograder.intake.files import (
    LARGEST_FILE,
    BadSubmission,
    is_notebook,
    is_python,
    kind_of_file,
    read_notebook,
    read_python,
)
from autograder.intake.printable import printable
from autograder.intake.submission import read

MOST_ENTRIES = 1000
MOST_CANDIDATES = 20
NOT_THEIRS = (".ipynb_checkpoints", "__pycache__", "__MACOSX")


def list_entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Whatever lies in a folder and in its sub-folders, at most MOST_ENTRIES; links to folders are not entered."""
    left, folders = MOST_ENTRIES, [folder]
    while folders and left > 0:
        try:
            with os.scandir(folders.pop(0)) as scanned:
                found = list(islice(scanned, left))
        except OSError:  # it cannot be read, or its path is too long
            continue
        left -= len(found)
        for entry in found:
            if entry.name in NOT_THEIRS and not entry.is_symlink():
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(Path(entry.path))
            yield entry


def find_submission(folder: Path, name: str, unit: str | None) -> Path:
    """The file to grade: `name`.ipynb, or else the one notebook, or the one Python file, that is of the unit.

    Raises BadSubmission where there is none, or more than one.
    """
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise BadSubmission(f"{printable(folder.name)} cannot be opened: {error.strerror}") from error
    exact = folder / f"{name}.ipynb"
    if os.path.lexists(exact) and not stat.S_ISDIR(exact.lstat().st_mode):
        return exact
    files = [Path(entry.path) for entry in list_entries(folder) if not entry.is_dir(follow_symlinks=False)]
    files = sorted((f for f in files if not f.name.startswith(".")), key=lambda f: (len(f.parts), f.name))
    for sort in (is_notebook, is_python):
        candidates = _keep_readable([file for file in files if sort(file)][:MOST_CANDIDATES])
        right = [file for file in candidates if _find_unit(file) == unit]
        if right and len({_read_bytes(file) for file in right}) == 1:
            return right[0]
        if right:
            raise BadSubmission(
                f"there are {len(right)} files of this unit ({_list_names(right, folder)}) and none is called "
                f"{exact.name}: hand in the one that counts, under this name"
            )
        if len(candidates) == 1 and sort is is_notebook:
            return _require_unit(candidates[0], unit)
    only = f", only {_list_names(files, folder)}" if files else ""
    raise BadSubmission(f"there is no {exact.name}{only}: hand in the released notebook with your work in it")


def _keep_readable(files: list[Path]) -> list[Path]:
    """Those that are together no larger than one file may be, so that many large ones delay nobody.

    One that is larger by itself is refused without being read, and costs nothing.
    """
    kept, total = [], 0
    for file in files:
        size = file.lstat().st_size
        if size > LARGEST_FILE or total + size <= LARGEST_FILE:
            kept.append(file)
            total += size if size <= LARGEST_FILE else 0
    return kept


def _find_unit(file: Path) -> str | None:
    try:
        return read(file).unit
    except BadSubmission:
        return None


def _require_unit(file: Path, unit: str | None) -> Path:
    found = read(file).unit
    if found != unit:
        raise BadSubmission(f"{printable(file)} belongs to the unit {found}, and {unit} is asked for: hand in that one")
    return file


def _read_bytes(file: Path) -> bytes:
    return file.read_bytes()


def _list_names(files: list[Path], folder: Path) -> str:
    names = [printable(file.relative_to(folder)) for file in files]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def read_as_notebook(file: Path) -> dict[str, Any]:
    """The cells of a notebook, or of a Python file, as a notebook of format 4. Raises BadSubmission."""
    if is_python(file):
        cells = [
            {"cell_type": "code", "source": source, "metadata": {}}
            for source in split_cells(read_python(file)).values()
        ]
        return {"metadata": {}, "cells": cells}
    return read_notebook(file)


def set_aside(folder: Path, shelf: Path, is_bad: Callable[[Path], bool] = lambda _: False) -> list[str]:
    """Move links, pipes, devices, and plain files that are bad out of a folder; returns what was moved, in words.

    Where the folder holds more than MOST_ENTRIES, its sub-folders are moved too.
    """
    moved = []
    found = list(list_entries(folder))
    for entry in found:
        path = Path(entry.path)
        if not os.path.lexists(path):  # it went with its folder
            continue
        mode = path.lstat().st_mode
        plain = (stat.S_ISDIR(mode) or stat.S_ISREG(mode)) and not is_bad(path)
        if not plain or (stat.S_ISDIR(mode) and len(found) == MOST_ENTRIES and path.parent == folder):
            moved.append(f"{printable(path.relative_to(folder))} ({kind_of_file(mode)})")
            _move(path, shelf)
    return moved


def _move(path: Path, shelf: Path) -> None:
    shelf.mkdir(parents=True, exist_ok=True)
    target, number = shelf / path.name, 1
    while os.path.lexists(target):
        number += 1
        target = shelf / f"{path.name}.{number}"
    shutil.move(path, target)


def make_plain_folder(folder: Path, root: Path, shelf: Path) -> list[str]:
    """Where a student's folder, or one above it below `root`, is a link or a file, put an empty one in its place."""
    inside = [part for part in (*reversed(folder.parents), folder) if root in part.parents] or [folder]
    moved = []
    for part in inside:
        if os.path.lexists(part) and not stat.S_ISDIR(part.lstat().st_mode):
            moved.append(f"{printable(part.name)} ({kind_of_file(part.lstat().st_mode)})")
            _move(part, shelf)
        part.mkdir(exist_ok=True)
    return moved


def describe_shelf(shelf: Path) -> str:
    """What was set aside of a student's, in words for a sentence; empty where nothing was."""
    if not shelf.is_dir():
        return ""
    names = sorted(shelf.iterdir())[:3]
    return ", ".join(f"{printable(path.name)} ({kind_of_file(path.lstat().st_mode)})" for path in names)
