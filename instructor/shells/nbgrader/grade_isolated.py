"""The grade of a restored notebook: found in the course's store, or made here; written into the notebook's cells."""

import atexit
import gc
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Unicode

from autograder.execution.executor import describe_missing
from autograder.grading import Grader
from autograder.intake.submission import Submission
from autograder.verdict import Grade
from instructor.shells.class_store import Checks, Store, pack
from instructor.shells.notebooks.graded import find_tests, refuse_all, write_grades
from instructor.shells.notebooks.restored import REFUSED, read_restored


class GradeIsolated(NbGraderPreprocessor):
    """Grade a restored notebook on the trusted side and write report and points into its test cells."""

    course = Unicode(help="The folder of the course, where its secret is.").tag(config=True)
    require_sandbox = Bool(help="Refuse to grade where a layer of the sandbox is missing.").tag(config=True)
    follow_through = Bool(True, help="Count each mistake once; otherwise each failing case costs its share.").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Return the notebook with an output in every test cell. Raises where one cannot be graded."""
        why, fault = nb.metadata.autograder.get(REFUSED, ""), ""
        if not why:
            submission, key = self._read(nb, resources["nbgrader"]["notebook"])
            why = fault = self.store.given_up.get(key, "")
        grades = refuse_all(nb, why) if why else self._grade(submission, key, find_tests(nb))
        write_grades(nb, grades, self.checks_of(nb.metadata.autograder.unit).version, why, fault)
        return nbformat.from_dict(nb), resources

    @property
    def store(self) -> Store:
        """The course's grades."""
        return store_of(Path(self.course))

    def checks_of(self, unit: str) -> Checks:
        """What decides about the grades of a unit."""
        return Checks(Path(self.course), unit, self.require_sandbox, self.follow_through)

    def warm_up(self, nb: NotebookNode, name: str) -> None:
        """Start the worker for a notebook whose grade is not known, so that it imports while nbgrader converts."""
        if REFUSED not in nb.metadata.autograder:
            _, key = self._read(nb, name)
            if key not in self.store.given_up and not self.store.knows(key):
                grader_of_this_process().executor.start()

    def _read(self, nb: NotebookNode, name: str) -> tuple[Submission, str]:
        submission, exercises = read_restored(nb, name)
        return submission, self.checks_of(submission.unit).key_of(submission, exercises)

    def _grade(self, submission: Submission, key: str, exercises: list[str]) -> list[Grade]:
        """Grades from the store, or from the one grader; what its sandbox lacks is said once. Raises GraderFault."""
        checks, executor = self.checks_of(submission.unit), grader_of_this_process().executor
        if known := self.store.find(key, checks.secret):
            return known
        said = bool(executor.missing)
        grades = checks.grade(grader_of_this_process(), submission, exercises)
        self.store.put(key, submission.unit, pack(grades))
        if executor.missing and not said:
            self.log.warning("The sandbox is not complete on this machine: %s", describe_missing(executor.missing))
        return grades


@cache
def store_of(course: Path) -> Store:
    """The store of a course, opened once in this process."""
    store = Store(course)
    atexit.register(store.close)
    return store


@cache
def grader_of_this_process() -> Grader:
    """The one grader of this process; it grades every submission and ends with the process.

    What is imported by now stays: no collection of garbage need go through nbgrader's modules for each submission.
    """
    gc.freeze()
    grader = Grader()
    atexit.register(grader.close)
    return grader
