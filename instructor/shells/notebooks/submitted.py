"""What a student handed in, as a notebook: the file is found and read, or a sentence says why it cannot be graded."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.intake import find
from autograder.intake.files import BadSubmission
from autograder.intake.printable import printable
from autograder.intake.submission import Submission
from instructor.shells.notebooks.restored import REFUSED, read_restored, restore

TIME_STAMP, SECRET = "timestamp.txt", "submission_secret.txt"  # what the exchange puts beside a notebook


@dataclass(frozen=True)
class Place:
    """Where a notebook is looked for: in a student's folder, under a name, of a unit; `shelf` is where things that were
    set aside of it are."""

    folder: Path
    name: str
    unit: str | None
    shelf: Path


@dataclass(frozen=True)
class Read:
    """A hand-in that was read: the restored notebook, and what is graded of it; `refused` says why it cannot be.

    `sources` holds the texts of the cells that a student fills in, by their nbgrader id; `file` is what was read.
    """

    restored: dict[str, Any]
    sources: dict[str, str]
    file: Path
    refused: str
    submission: Submission | None
    exercises: tuple[str, ...]


def read_submission(place: Place) -> tuple[dict[str, Any], Path]:
    """What a student handed in as a notebook, and in which file. The student's metadata is left out.

    A file that cannot be read becomes a notebook without cells, and its metadata holds the sentence that says why.
    """
    metadata, cells, file, folder = {}, [], place.folder, place.folder
    try:
        file = find.find_submission(folder, place.name, place.unit)
        cells = find.read_as_notebook(file)["cells"]
    except BadSubmission as error:
        aside = find.describe_shelf(place.shelf)
        sentence = str(error).replace(f"{printable(folder)}{os.sep}", "")
        metadata[REFUSED] = sentence + (f" (set aside: {aside})" if aside else "")
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"
        cell |= {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}, file


def read_hand_in(place: Place, known: str) -> Read:
    """Read one; `known` holds the released cells as JSON."""
    cells = _parse(known)
    notebook, file = read_submission(place)
    restored = restore(notebook, cells)
    why = restored["metadata"]["autograder"].get(REFUSED, "")
    submission, exercises = (None, []) if why else read_restored(restored, place.name)
    tagged = {cell["metadata"].get("nbgrader", {}).get("grade_id", ""): cell["source"] for cell in restored["cells"]}
    sources = {name: tagged[name] for name, cell in cells.items() if cell["metadata"]["nbgrader"]["solution"]}
    return Read(restored, sources, file, why, submission, tuple(exercises))


@lru_cache(maxsize=64)
def _parse(known: str) -> Mapping[str, dict[str, Any]]:
    parsed: dict[str, dict[str, Any]] = json.loads(known)
    return parsed
