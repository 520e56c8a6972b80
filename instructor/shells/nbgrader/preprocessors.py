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
from collections.abc import Callable
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
from autograder.intake.cells import CHECK, is_code
from autograder.intake.harmless_html import markdown_of_cell
from instructor.shells.nbgrader.exchange import ReleaseFeedback, find_notebooks
from instructor.shells.nbgrader.exporter import WithoutNotebooks
from instructor.shells.nbgrader.feedback_page import FeedbackPage, GetGradesAndState
from instructor.shells.nbgrader.formgrader import FoldLesson
from instructor.shells.nbgrader.grade_isolated import GIVEN_UP, REFUSED, GradeIsolated, is_test
from instructor.shells.nbgrader.release import ReleaseExporter

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
    # what RestoreSubmission, which keeps no output and no metadata, leaves nothing to do for
    restored = (ClearOutput, DeduplicateIds, OverwriteCells, CheckCellMetadata, LimitOutput)
    config.Autograde.sanitize_preprocessors = [
        RestoreSubmission,
        *(step for step in _read_defaults("sanitize_preprocessors") if step not in restored),
    ]
    ours = {Execute: [GradeIsolated], SaveAutoGrades: [SaveAutoGrades, SaveBonus]}
    config.Autograde.autograde_preprocessors = [
        ours_or_theirs
        for step in _read_defaults("autograde_preprocessors")
        if step not in restored
        for ours_or_theirs in ours.get(step, [step])
    ]
    config.Autograde.pre_convert_hook = _forget_old_scores(config, course)
    config.Autograde.exporter_class = WithoutNotebooks(config)
    config.HTMLExporter.filters = {"markdown2html": markdown_of_cell}
    config.HTMLExporter.preprocessors = [FoldLesson]  # the formgrader's page
    config.GenerateFeedback.exporter_class = FeedbackPage
    config.GenerateFeedback.preprocessors = [GetGradesAndState]
    config.FoldLesson.course = config.FeedbackPage.course = str(course)
    config.ExchangeFactory.release_feedback = ReleaseFeedback
    GenerateFeedback.init_notebooks = find_notebooks


def _read_defaults(name: str) -> list[type]:
    return Autograde.class_traits()[name].default()


def _forget_old_scores(config: Any, course: Path) -> Callable[..., None]:
    def forget_old_scores(assignment: str, student: str, notebooks: list[str]) -> None:
        """Before a submission is read: whatever it earned at another time counts no longer."""
        database = config.CourseDirectory.get("db_url") or f"sqlite:///{course / 'gradebook.db'}"
        with Gradebook(database) as gradebook:
            for notebook in map(Path, notebooks):
                student_id, assignment_id = notebook.parts[-3:-1]
                _forget(gradebook, notebook.stem, assignment_id, student_id)

    return forget_old_scores


def _forget(gradebook: Gradebook, notebook: str, assignment: str, student: str) -> None:
    try:
        grades = gradebook.find_submission_notebook(notebook, assignment, student).grades
    except MissingEntry:
        return
    for entry in grades:
        entry.auto_score, entry.needs_manual_grade = None, True
        if _is_bonus(entry.name):
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
        restored = restore(nb, known)
        GradeIsolated(parent=self).warm_up(restored, ids["notebook"])
        return restored, resources


def restore(nb: NotebookNode, known: dict[str, NotebookNode]) -> NotebookNode:
    """A clean notebook made from a submitted one and the cells that nbgrader knows."""
    found: dict[str, NotebookNode] = {}
    cells = [_restore(cell, known, found) for cell in nb.cells]
    for cell_id in known:
        if cell_id not in found:
            _put_back(cells, cell_id, known, found)
    for number, cell in enumerate(cells, 1):
        cell.id = f"cell-{number}"
    unit = _find_unit(known)
    own = {"unit": unit} | {key: nb.metadata[key] for key in (REFUSED,) if key in nb.metadata}
    metadata = {"autograder": own, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata, nbformat_minor=5)


def _find_unit(known: dict[str, Any]) -> str:
    """The unit whose exercises an assignment's test cells name."""
    return next(syllabus.unit_of(name).name for name in known if name in syllabus.exercise_names())


def read_known_cells(notebook: Any) -> dict[str, NotebookNode]:
    """The released cells that nbgrader knows, in their order, as fresh notebook cells."""
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


def _make_cell(kind: str, source: str, metadata: dict[str, Any]) -> NotebookNode:
    """A cell without output, code or text. The whole notebook is validated when it is written."""
    of_code: dict[str, Any] = {"outputs": [], "execution_count": None}
    cell = {"cell_type": "code", **of_code} if kind == "code" else {"cell_type": "markdown"}
    return nbformat.from_dict({**cell, "source": source, "metadata": metadata})


def _restore(cell: NotebookNode, known: dict[str, NotebookNode], found: dict[str, NotebookNode]) -> NotebookNode:
    source = cell.source if isinstance(cell.source, str) else ""
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    if isinstance(grade_id, str) and grade_id in known and grade_id not in found:
        original = known[grade_id]
        fits = original.cell_type == cell.cell_type or (original.cell_type == "code" and is_code(cell))
        if fits and (not is_test(original) or CHECK.match(source)):  # own code in a test cell runs, as everywhere
            found[grade_id] = nbformat.from_dict(original)
            if not original.metadata.nbgrader.locked:
                found[grade_id].source = source
                _attach(found[grade_id], cell)
            return found[grade_id]
    mark = cell.metadata.get("autograder", {}).get("experiment")
    if cell.cell_type == "code":
        return _make_cell("code", source, {"autograder": {"experiment": mark}} if isinstance(mark, str) else {})
    return _attach(_make_cell("markdown", source, {}), cell)


def _attach(restored: NotebookNode, cell: NotebookNode) -> NotebookNode:
    """A text with the pictures that were attached to it; they have been checked when it was read."""
    if restored.cell_type == "markdown" and cell.get("attachments"):
        restored.attachments = cell.attachments
    return restored


def _put_back(
    cells: list[NotebookNode], cell_id: str, known: dict[str, NotebookNode], found: dict[str, NotebookNode]
) -> None:
    """Insert a missing cell behind the nearest one that comes before it in the release."""
    order = list(known)
    before = [found[other] for other in order[: order.index(cell_id)] if other in found]
    place = next((n for n, cell in enumerate(cells) if before and cell is before[-1]), -1) + 1
    found[cell_id] = nbformat.from_dict(known[cell_id])
    cells.insert(place, found[cell_id])


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


def _is_bonus(name: str) -> bool:
    return name in syllabus.exercise_names() and syllabus.exercise(name).bonus
