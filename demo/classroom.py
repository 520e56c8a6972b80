"""Make submissions: the release, filled in as a student would."""

import copy
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode


def submission(source: NotebookNode, release: NotebookNode, answers: Mapping[str, str | None]) -> NotebookNode:
    """Fill in a release: `answers` by exercise, None leaves the stub; what is not named comes from the source."""
    solved = {cell.id: cell.source for cell in source.cells}
    notebook = copy.deepcopy(release)
    for cell in notebook.cells:
        tags = cell.metadata.get("nbgrader", {})
        if not tags.get("solution"):
            continue
        exercise = tags["grade_id"].removesuffix("-solution")
        if exercise not in answers:
            cell.source = solved[cell.id]
        elif (answer := answers[exercise]) is not None:
            cell.source = answer.strip()
    return notebook


def hand_in(course: Path, assignment: str, students: Mapping[str, Mapping[str, str | None]]) -> None:
    """Write every student's notebook into the course's folder `submitted`."""
    name = f"{assignment.partition('_')[2]}.ipynb"
    source = nbformat.read(course / "solutions" / assignment / name, as_version=4)
    release = nbformat.read(course / "assignments" / assignment / name, as_version=4)
    for student, answers in students.items():
        folder = course / "submitted" / student / assignment
        folder.mkdir(parents=True)
        nbformat.write(submission(source, release, answers), folder / name)
