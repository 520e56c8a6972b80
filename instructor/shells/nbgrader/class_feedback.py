"""The feedback pages of a class, written by jobs: those that `nbgrader generate_feedback` writes one by one.

A page is written where there is none, or where something has changed that it is made from.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.coursedir import CourseDirectory

from autograder import __version__
from instructor.shells.class_jobs import Jobs
from instructor.shells.class_store import Store
from instructor.shells.nbgrader.folders import find_folders
from instructor.shells.notebooks.page import Marks, write_page

OWNERS_WRITE, GROUP_WRITES = 0o644, 0o664  # as nbgrader sets them for pages


@dataclass(frozen=True)
class Page:
    """A page to be written: whose, of which graded notebook, with which marks; `version` says what it is made from."""

    student: str
    graded: Path
    path: Path
    marks: Marks
    version: str


class ClassFeedback:
    """The pages of an assignment's students who are asked for."""

    def __init__(self, folder: CourseDirectory, course: Path, store: Store) -> None:
        self.folder, self.course, self.store = folder, course, store
        with Gradebook(folder.db_url, folder.course_id) as gradebook:
            marks = read_marks(gradebook, folder.assignment_id)
        known = store.find_pages()
        pages = list(self._find_pages(marks))
        self.todo = [page for page in pages if not page.path.is_file() or known.get(str(page.path)) != page.version]
        self.unchanged = len(pages) - len(self.todo)

    def _find_pages(self, marks: Mapping[tuple[str, str], Marks]) -> Iterator[Page]:
        course, assignment = self.folder, self.folder.assignment_id
        excluded = course.student_id_exclude.split(",")
        for folder in map(Path, find_folders(course, course.autograded_directory)):
            student = folder.parent.name
            place = Path(course.format_path(course.feedback_directory, student, assignment))
            for graded in sorted(folder.glob("*.ipynb")):
                found = marks.get((student, graded.stem))
                if found and student not in excluded:
                    version = self._version(graded, found)
                    yield Page(student, graded, place / f"{graded.stem}.html", found, version)

    def _version(self, graded: Path, marks: Marks) -> str:
        """A digest of what a page is made from."""
        releases = sorted(self.course.glob(f"assignments/{self.folder.assignment_id}/*.ipynb"))
        files = [(path.stat().st_mtime_ns, path.stat().st_size) for path in (graded, *releases)]
        return hashlib.sha256(json.dumps([__version__, files, asdict(marks)]).encode()).hexdigest()[:32]

    def write(self, jobs: Jobs) -> Iterator[tuple[str, BaseException | None]]:
        """Write them; yields each student whose page is done, and what went wrong with it."""
        started: dict[Future[None], Page] = {
            jobs.submit(jobs.call, write_page, page.graded, page.path, page.marks, self.course): page
            for page in self.todo
        }
        for future in as_completed(started):
            page, error = started.pop(future), future.exception()
            if not error:
                self._finish(page)
            yield page.student, error

    def _finish(self, page: Page) -> None:
        for path in page.path.parent.iterdir():
            path.chmod(GROUP_WRITES if self.folder.groupshared else OWNERS_WRITE)
        if self.folder.groupshared:
            page.path.parent.chmod(page.path.parent.stat().st_mode | 0o2770)
        self.store.put_page(str(page.path), page.version)


def read_marks(gradebook: Gradebook, assignment: str) -> dict[tuple[str, str], Marks]:
    """What the gradebook says about an assignment, by student and notebook, in a few statements for the whole class."""
    db, wanted = gradebook.db, SubmittedAssignment.assignment_id == gradebook.find_assignment(assignment).id
    of_row = SubmittedNotebook.assignment_id == SubmittedAssignment.id
    cells: dict[str, dict[str, tuple[float, float, bool]]] = defaultdict(dict)
    comments: dict[str, dict[str, str | None]] = defaultdict(dict)
    grades = (
        db.query(Grade.notebook_id, GradeCell.name, Grade.score, GradeCell.max_score, Grade.needs_manual_grade)
        .join(GradeCell, GradeCell.id == Grade.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
    )
    for row in grades.join(SubmittedAssignment, of_row).filter(wanted):
        cells[row.notebook_id][row.name] = (row.score, row.max_score, bool(row.needs_manual_grade))
    said = (
        db.query(Comment.notebook_id, BaseCell.name, Comment.comment)
        .join(BaseCell, BaseCell.id == Comment.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == Comment.notebook_id)
    )
    for row in said.join(SubmittedAssignment, of_row).filter(wanted):
        comments[row.notebook_id][row.name] = row.comment
    notebooks = (
        db.query(
            *(SubmittedNotebook.id, SubmittedAssignment.student_id, Notebook.name, SubmittedNotebook.score),
            *(SubmittedNotebook.max_score, SubmittedNotebook.late_submission_penalty),
        )
        .join(SubmittedAssignment, of_row)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
    )
    found = {}
    for row in notebooks.filter(wanted):
        late = row.late_submission_penalty or 0
        marks = Marks(row.score - late, row.max_score, late, cells[row.id], comments[row.id])
        found[row.student_id, row.name] = marks
    return found
