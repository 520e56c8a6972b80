"""nbgrader with the grade decided on our side: by configuration alone, with nbgrader's own commands and gradebook.

An exporter, in `nbgrader_exporter.py`, opens what was handed in. Three preprocessors go into `nbgrader autograde`:
`RestoreSubmission` comes first and takes from a submitted file only the sources of its cells; everything else comes
from the gradebook. `GradeIsolated` takes the place of nbgrader's `Execute`: it grades in isolation and writes report
and points into the test cells. `SaveBonus` gives what was earned in a bonus to nbgrader's extra credit. The test cells
of the source notebook end in a hidden line that raises, so that a lost configuration gives no points instead of all of
them.
"""

import os
import sysconfig
import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    Execute,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    SaveAutoGrades,
)
from sqlalchemy.exc import SAWarning

from autograder import syllabus
from autograder.intake.harmless_html import markdown_of_cell
from instructor.shells.nbgrader.exchange import ReleaseFeedback, find_notebooks
from instructor.shells.nbgrader.exporter import WithoutNotebooks
from instructor.shells.nbgrader.feedback_page import FeedbackPage, GetGradesAndState
from instructor.shells.nbgrader.formgrader import FoldLesson
from instructor.shells.nbgrader.grade_isolated import GradeIsolated
from instructor.shells.nbgrader.release import ReleaseExporter
from instructor.shells.notebooks.graded import GIVEN_UP
from instructor.shells.notebooks.restored import read_known_cells, restore

ROLES = ("grade", "locked", "solution", "task")


def configure(config: Any, course: Path) -> None:
    """Set up nbgrader for the course in the folder `course`. Call it from `nbgrader_config.py`."""
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")  # of nbgrader about itself
    os.environ["PATH"] = os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", "")))  # for alembic
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.source_directory = "solutions"
    config.CourseDirectory.release_directory = "assignments"
    config.GenerateAssignment.force = True  # the committed release is what it would write
    config.GenerateAssignment.exporter_class = ReleaseExporter
    config.GradeIsolated.course = str(course)
    config.Autograde.sanitize_preprocessors, config.Autograde.autograde_preprocessors = read_steps()
    config.Autograde.pre_convert_hook = ForgetOldScores(config, course)
    config.Autograde.exporter_class = WithoutNotebooks(config)
    config.HTMLExporter.filters = {"markdown2html": markdown_of_cell}
    config.HTMLExporter.preprocessors = [FoldLesson]  # the formgrader's page
    config.GenerateFeedback.exporter_class = FeedbackPage
    config.GenerateFeedback.preprocessors = [GetGradesAndState]
    config.FoldLesson.course = config.FeedbackPage.course = str(course)
    config.ExchangeFactory.release_feedback = ReleaseFeedback
    GenerateFeedback.init_notebooks = find_notebooks


def read_steps() -> tuple[list[type], list[type]]:
    """What a submission goes through in `nbgrader autograde`, in its two rounds."""
    # what RestoreSubmission, which keeps no output and no metadata, leaves nothing to do for
    restored = (ClearOutput, DeduplicateIds, OverwriteCells, CheckCellMetadata, LimitOutput)
    ours = {Execute: [GradeIsolated], SaveAutoGrades: [SaveAutoGrades, SaveBonus]}
    first, second = map(_read_defaults, ("sanitize_preprocessors", "autograde_preprocessors"))
    return (
        [RestoreSubmission, *(step for step in first if step not in restored)],
        [s for step in second if step not in restored for s in ours.get(step, [step])],
    )


def _read_defaults(name: str) -> list[type]:
    return Autograde.class_traits()[name].default()


class ForgetOldScores:
    """nbgrader's hook, before a submission is read: whatever it earned at another time counts no longer."""

    def __init__(self, config: Any, course: Path) -> None:
        self.config, self.course = config, course

    def __call__(self, assignment: str, student: str, notebooks: list[str]) -> None:
        """Forget what these notebooks earned."""
        database = self.config.CourseDirectory.get("db_url") or f"sqlite:///{self.course / 'gradebook.db'}"
        with Gradebook(database) as gradebook:
            for notebook in map(Path, notebooks):
                student_id, assignment_id = notebook.parts[-3:-1]
                _forget(gradebook, notebook.stem, assignment_id, student_id)


def _forget(gradebook: Gradebook, notebook: str, assignment: str, student: str) -> None:
    try:
        grades = gradebook.find_submission_notebook(notebook, assignment, student).grades
    except MissingEntry:
        return
    for entry in grades:
        entry.auto_score, entry.needs_manual_grade = None, True
        if is_bonus(entry.name):
            entry.extra_credit = None
    gradebook.db.commit()


class RestoreSubmission(NbGraderPreprocessor):
    """Take the sources of a submitted notebook's cells; take what nbgrader knows about them from the gradebook.

    A cell whose id is unknown, stands there twice or has changed its type becomes an ordinary cell. A missing graded
    cell is put back as it was released, in its place.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Return a clean notebook made from the submitted one."""
        ids = resources["nbgrader"]
        with Gradebook(ids["db_url"]) as gradebook:
            _forget(gradebook, ids["notebook"], ids["assignment"], ids["student"])  # nbgrader ignores a hook that fails
            known = read_known_cells(gradebook.find_notebook(ids["notebook"], ids["assignment"]))
        restored = nbformat.from_dict(restore(nb, known))
        GradeIsolated(parent=self).warm_up(restored, ids["notebook"])
        return restored, resources


class SaveBonus(NbGraderPreprocessor):
    """Write the points of bonus exercises into the gradebook as extra credit: their cells have no points of their own.

    A regrade writes them anew. Extra credit that a person gives in any other cell stays. What could not be graded waits
    for a person, or for the next run.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Return the notebook as it is."""
        ids = resources["nbgrader"]
        with Gradebook(ids["db_url"]) as gradebook:
            for name, record in nb.metadata.autograder.exercises.items():
                if record["bonus"]:
                    grade = gradebook.find_grade(name, ids["notebook"], ids["assignment"], ids["student"])
                    grade.extra_credit = float(record["score"])
                if GIVEN_UP in nb.metadata.autograder:
                    grade = gradebook.find_grade(name, ids["notebook"], ids["assignment"], ids["student"])
                    grade.auto_score, grade.needs_manual_grade = None, grade.manual_score is None
            gradebook.db.commit()
        return nb, resources


def is_bonus(name: str) -> bool:
    """Whether a test cell is that of a bonus exercise."""
    return name in syllabus.exercise_names() and syllabus.exercise(name).bonus
