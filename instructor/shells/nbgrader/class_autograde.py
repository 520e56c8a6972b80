"""nbgrader's own `autograde` of a class, for which jobs grade ahead: what it asks for is in the store by then.

The gradebook and the autograded notebooks have one writer, nbgrader's code in this thread, so they are what
`nbgrader autograde` makes. Both look for grades in the same store.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde

from autograder.shells.explanation import summarize
from instructor.shells.class_jobs import Died, Jobs
from instructor.shells.class_store import Checks, unpack
from instructor.shells.nbgrader.grade_isolated import REFUSED, GradeIsolated, read_restored
from instructor.shells.nbgrader.preprocessors import read_known_cells, restore

Found = Future[str]  # the sentence for the student


class Ahead:
    """Grades submissions ahead of the writer, each that is written alike once."""

    def __init__(self, jobs: Jobs, regrade: bool = False) -> None:
        self.jobs, self.regrade = jobs, regrade
        self.ran = 0  # submissions that were run, and not found in the store
        self._found: dict[str, Found] = {}
        self._lock = threading.Lock()

    def look(self, converter: "ClassAutograde", folder: Path, name: str, known: dict[str, NotebookNode]) -> Found:
        """Read what is in a student's folder, and have its grade in the store when what is returned is done."""
        notebook, _ = converter.exporter.read_submission(folder, name)
        restored = restore(notebook, known)
        if REFUSED in restored.metadata.autograder:
            return _done(restored.metadata.autograder[REFUSED])
        submission, exercises = read_restored(restored, name)
        ours: GradeIsolated = converter.ours
        checks = ours.checks_of(submission.unit)
        key = checks.key_of(submission, exercises)
        with self._lock:
            if key in self._found:
                return self._found[key]
            found = self._found[key] = Found()
        try:
            found.set_result(self._grade(ours, checks, key, submission, exercises))
        except BaseException as error:
            found.set_exception(error)
        return found

    def _grade(self, ours: GradeIsolated, checks: Checks, key: str, submission: Any, exercises: list[str]) -> str:
        grades = None if self.regrade else ours.store.find(key, checks.secret)
        if grades is None:
            try:
                packed = self.jobs.grade(checks, submission, exercises)
            except Died as death:
                ours.store.given_up[key] = (
                    f"This could not be graded: {death}. That is no fault of yours: a person has to look at it."
                )
                return f"not graded: {death}"
            ours.store.put(key, submission.unit, packed)
            grades = unpack(packed, checks.secret)
            with self._lock:
                self.ran += 1
        return summarize(grades)


def _done(sentence: str) -> Found:
    done = Found()
    done.set_result(sentence)
    return done


class ClassAutograde(Autograde):
    """Autograde with jobs ahead of it. `begin` is told how many hand-ins there are to grade, `tell` each that is done:
    its student and the sentence."""

    ahead: Ahead
    begin: Callable[[int, int], None]
    tell: Callable[[str, str], None]

    def convert_notebooks(self) -> None:
        """Start the jobs, then convert as nbgrader does."""
        self.ours = GradeIsolated(parent=self.exporter)
        known = self._read_known()
        todo = {folder: names for folder, names in sorted(self.assignments.items()) if self._is_to_grade(folder)}
        self.begin(len(todo), len(self.assignments) - len(todo))
        look, jobs = self.ahead.look, self.ahead.jobs
        self._looks = {
            path: jobs.submit(look, self, Path(folder).absolute(), name, known[name])
            for folder, paths in todo.items()
            for path in paths
            if (name := Path(path).stem) in known
        }
        super().convert_notebooks()

    def _is_to_grade(self, folder: str) -> bool:
        """Whether nbgrader will convert what is in a folder; where it does so for another reason, nothing is ahead."""
        student, assignment = Path(folder).parts[-2:]
        excluded = student in self.coursedir.student_id_exclude.split(",")
        return not excluded and (self.force or not os.path.exists(self._format_dest(assignment, student)))

    def _read_known(self) -> dict[str, dict[str, NotebookNode]]:
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            notebooks = gradebook.find_assignment(self.coursedir.assignment_id).notebooks
            return {notebook.name: read_known_cells(notebook) for notebook in notebooks if notebook.grade_cells}

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Convert one, when its grade is there. What went wrong ahead goes wrong here, too, and is said as ever."""
        look, sentence = self._looks.pop(notebook_filename, None), ""
        error = look and (look.exception() or look.result().exception())
        if error and not isinstance(error, Exception):  # it ends the whole run
            raise error
        if look and not error:
            sentence = look.result().result()
        super().convert_single_notebook(notebook_filename)
        self.tell(Path(notebook_filename).parts[-3], sentence)
