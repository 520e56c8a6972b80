"""Make submissions: the release, filled in as a student would."""

import copy
import re
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder import syllabus
from demo.written import written_answer

MARKER_LINE = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", flags=re.MULTILINE)
OPEN = "YOUR ANSWER HERE"


def submission(source: NotebookNode, release: NotebookNode, answers: Mapping[str, str | None]) -> NotebookNode:
    """Fill in a release: `answers` by exercise, or by "question-name"; None leaves the stub.

    An exercise that is not named is solved as in the source; a written answer is then left open.
    """
    solved = {cell.id: MARKER_LINE.sub("", cell.source) for cell in source.cells}
    notebook = copy.deepcopy(release)
    for cell in notebook.cells:
        tags = cell.metadata.get("nbgrader", {})
        if not tags.get("solution"):
            continue
        exercise = tags["grade_id"].removesuffix("-solution")
        if cell.cell_type == "markdown":
            if answer := answers.get(exercise):
                cell.source = cell.source.replace(OPEN, answer.strip())
        elif exercise not in answers:
            cell.source = solved[cell.id]
        elif (answer := answers[exercise]) is not None:
            cell.source = answer.strip()
    return notebook


def hand_in(course: Path, assignment: str, students: Mapping[str, Mapping[str, str | None]]) -> None:
    """Write every student's notebook into the course's folder `submitted`."""
    name = f"{assignment.partition('_')[2]}.ipynb"
    source = nbformat.read(course / "solutions" / assignment / name, as_version=4)
    release = nbformat.read(course / "assignments" / assignment / name, as_version=4)
    questions = syllabus.units()[assignment.partition("_")[2]].questions
    for place, (student, answers) in enumerate(students.items()):
        answers = {f"question-{q.name}": written_answer(q.name, place) for q in questions} | dict(answers)
        folder = course / "submitted" / student / assignment
        folder.mkdir(parents=True)
        nbformat.write(submission(source, release, answers), folder / name)
