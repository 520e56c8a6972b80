"""Writes what a hand-in earned into nbgrader's gradebook as nbgrader's own steps would, many hand-ins at once.

nbgrader opens the gradebook seven times for a notebook and looks up every cell by itself. Here one session is open for
a whole class, and some statements serve all hand-ins of a transaction.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import nbformat
from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import compute_checksum

from instructor.shells.nbgrader.preprocessors import is_bonus
from instructor.shells.notebooks.graded import Graded
from instructor.shells.notebooks.restored import Cell, read_known_cells


@dataclass(frozen=True)
class Entry:
    """What is written about one notebook of a student. Without `graded`, what it earned at another time is forgotten.

    `sources` are the texts that the student wrote, by nbgrader's ids; `timestamp` is None where there is none.
    """

    student: str
    timestamp: datetime | None
    notebook: str
    graded: Graded | None = None
    sources: Mapping[str, str] | None = None
    given_up: bool = False


class KnownNotebook:
    """A released notebook as the gradebook has it: `cells` and `kernel` for restoring, and its rows' ids by name."""

    def __init__(self, notebook: Any) -> None:
        self.id, self.name = notebook.id, notebook.name
        self.cells: dict[str, Cell] = read_known_cells(notebook)
        self.kernel: dict[str, Any] | None = json.loads(notebook.kernelspec) if notebook.kernelspec else None
        graded, tasks = list(notebook.grade_cells), list(notebook.task_cells)
        self.graded = {cell.id: cell.name for cell in (*graded, *tasks)}
        self.commented = {cell.id: cell.name for cell in (*notebook.solution_cells, *tasks)}

    def is_untouched(self, name: str, source: str) -> bool:
        """Whether a cell that a student fills in stands there as it was released."""
        cell = nbformat.from_dict({**self.cells[name], "source": source})
        return bool(compute_checksum(cell) == cell.metadata.nbgrader.checksum)


class GradebookWriter:
    """The one writer of a gradebook while the jobs work on an assignment's hand-ins."""

    def __init__(self, gradebook: Gradebook, assignment: str, late: AssignLatePenalties) -> None:
        self.db, self.late = gradebook.db, late
        self.late.init_plugin()
        found = gradebook.find_assignment(assignment)
        self.assignment, self.due = found.id, found.duedate
        self.notebooks = {notebook.name: KnownNotebook(notebook) for notebook in found.notebooks}
        self.db.rollback()  # it only read

    def write(self, entries: Sequence[Entry]) -> dict[str, float]:
        """Write all in one transaction; returns who was late, and by how many seconds.

        Raises what the database raises; then nothing is written.
        """
        try:
            submissions = self._find_or_add({entry.student: entry.timestamp for entry in entries})
            rows = self._find_notebooks(submissions)
            by_row = {rows[submissions[e.student].id, self.notebooks[e.notebook].id]: e for e in entries}
            self._write_grades(by_row)
            self._write_comments(by_row)
            self.db.flush()
            self._write_penalties({row.id: row for row in submissions.values()}, by_row)
            self.db.commit()
            return {name: late for name, row in submissions.items() if (late := self.seconds_late(row)) > 0}
        except BaseException:
            self.db.rollback()
            raise

    def _find_or_add(self, times: Mapping[str, datetime | None]) -> dict[str, Any]:
        """The rows of the students' submissions, by student; students and submissions that are missing are added."""
        known = {row.id for row in self.db.query(Student.id).filter(Student.id.in_(times))}
        self.db.bulk_insert_mappings(Student, [{"id": student} for student in times if student not in known])
        found = self._find_submissions(times)
        self._add_submissions([student for student in times if student not in found], times)
        given = [{"id": row.id, "timestamp": times[student]} for student, row in found.items() if times[student]]
        self.db.bulk_update_mappings(SubmittedAssignment, given)
        return self._find_submissions(times)

    def _find_submissions(self, students: Iterable[str]) -> dict[str, Any]:
        columns = (getattr(SubmittedAssignment, name) for name in ("id", "student_id", "timestamp", "extension"))
        wanted = (SubmittedAssignment.assignment_id == self.assignment, SubmittedAssignment.student_id.in_(students))
        return {row.student_id: row for row in self.db.query(*columns).filter(*wanted)}

    def _add_submissions(self, students: Sequence[str], times: Mapping[str, datetime | None]) -> None:
        """Submissions with rows for all cells, as `Gradebook.add_submission` makes them."""
        ids = {student: new_uuid() for student in students}
        made = [(new_uuid(), submission, known) for submission in ids.values() for known in self.notebooks.values()]
        new = [
            {"id": row, "assignment_id": self.assignment, "student_id": student, "timestamp": times[student]}
            for student, row in ids.items()
        ]
        self.db.bulk_insert_mappings(SubmittedAssignment, new)
        self.db.bulk_insert_mappings(
            SubmittedNotebook,
            [{"id": row, "assignment_id": submission, "notebook_id": known.id} for row, submission, known in made],
        )
        for kind, cells in ((Grade, "graded"), (Comment, "commented")):
            rows = [{"cell_id": c, "notebook_id": row} for row, _, known in made for c in getattr(known, cells)]
            self.db.bulk_insert_mappings(kind, rows)

    def _find_notebooks(self, submissions: Mapping[str, Any]) -> dict[tuple[str, str], str]:
        """The ids of the submitted notebooks' rows, by submission and released notebook."""
        columns = SubmittedNotebook.id, SubmittedNotebook.assignment_id, SubmittedNotebook.notebook_id
        wanted = SubmittedNotebook.assignment_id.in_([row.id for row in submissions.values()])
        return {(row.assignment_id, row.notebook_id): row.id for row in self.db.query(*columns).filter(wanted)}

    def _write_grades(self, by_row: Mapping[str, Entry]) -> None:
        """Every row of the notebooks, so that nothing of another time stays. What a person gave, stays."""
        columns = Grade.id, Grade.notebook_id, Grade.cell_id, Grade.manual_score, Grade.extra_credit
        changed, seen = [], {row: set[str]() for row in by_row}
        for row in self.db.query(*columns).filter(Grade.notebook_id.in_(by_row)):
            entry = by_row[row.notebook_id]
            name = self.notebooks[entry.notebook].graded.get(row.cell_id, "")  # "" for a cell that was taken out
            changed.append({"id": row.id, **self._grade(entry, name, row.manual_score, row.extra_credit)})
            seen[row.notebook_id].add(name)
        for row_id, entry in by_row.items():
            if missing := set(entry.graded.scores if entry.graded else ()) - seen[row_id]:
                raise MissingEntry(f"the gradebook has no row for {', '.join(sorted(missing))} of {entry.student}")
        self.db.bulk_update_mappings(Grade, changed)

    def _grade(self, entry: Entry, name: str, manual: float | None, extra: float | None) -> dict[str, Any]:
        """The columns of a row, as nbgrader's steps and ours leave them one after the other."""
        score, graded = self._auto_score(entry, name), entry.graded
        waits = score is None or manual is not None
        if graded is not None and entry.given_up and name in graded.scores:
            score, waits = None, manual is None
        if is_bonus(name):
            extra = graded.bonus.get(name) if graded else None
        return {"auto_score": score, "needs_manual_grade": waits, "extra_credit": extra}

    def _auto_score(self, entry: Entry, name: str) -> float | None:
        """A test cell's points; 0 for an answer that was left as it was, and None for one that a person marks."""
        if entry.graded is None or entry.sources is None:
            return None
        if name in entry.graded.scores:
            return entry.graded.scores[name]
        if name in entry.sources and self.notebooks[entry.notebook].is_untouched(name, entry.sources[name]):
            return 0.0
        return None

    def _write_comments(self, by_row: Mapping[str, Entry]) -> None:
        columns = Comment.id, Comment.notebook_id, Comment.cell_id
        changed = []
        for row in self.db.query(*columns).filter(Comment.notebook_id.in_(by_row)):
            entry = by_row[row.notebook_id]
            known = self.notebooks[entry.notebook]
            name, sources = known.commented.get(row.cell_id, ""), entry.sources or {}
            if name in sources:
                said = "No response." if known.is_untouched(name, sources[name]) else None
                changed.append({"id": row.id, "auto_comment": said})
        self.db.bulk_update_mappings(Comment, changed)

    def _write_penalties(self, submissions: Mapping[str, Any], by_row: Mapping[str, Entry]) -> None:
        """What the configured plugin takes from late hand-ins, as `AssignLatePenalties` would."""
        rows = self.db.query(SubmittedNotebook.id, SubmittedNotebook.assignment_id)
        changed = []
        for row in rows.filter(SubmittedNotebook.id.in_(key for key, entry in by_row.items() if entry.graded)):
            late = self.seconds_late(submissions[row.assignment_id])
            penalty = self._find_penalty(by_row[row.id].student, row.id, late) if late > 0 else None
            changed.append({"id": row.id, "late_submission_penalty": penalty})
        self.db.bulk_update_mappings(SubmittedNotebook, changed)

    def seconds_late(self, submission: Any) -> float:
        """How late a submission is, in seconds; 0 for one in time, or of which it is not known."""
        if submission.timestamp is None or self.due is None:
            return 0.0
        due = self.due + submission.extension if submission.extension else self.due
        return max(0.0, (submission.timestamp - due).total_seconds())

    def _find_penalty(self, student: str, row: str, late: float) -> float | None:
        notebook = self.db.query(SubmittedNotebook.score).filter(SubmittedNotebook.id == row).one()
        penalty = self.late.plugin_inst.late_submission_penalty(student, notebook.score, late)
        return None if penalty is None else self.late._check_late_penalty(notebook, penalty)
