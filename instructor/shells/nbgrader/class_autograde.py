"""`nbgrader autograde` of a whole class: jobs do the work on each hand-in, and one writer writes what they return.

What nbgrader prepares, skips, clears away and says is left to its own code. Its conversion, which takes two rounds
through files and preprocessors and seven connections to the gradebook, is replaced: the jobs make the same notebook,
and the writer the same rows. Where somebody has put other steps into the conversion, nbgrader converts, and the jobs
only grade ahead of it.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.exc import OperationalError

from autograder.intake.printable import printable
from instructor.shells.class_flow import Flow, HandIn
from instructor.shells.nbgrader.grade_isolated import GradeIsolated
from instructor.shells.nbgrader.gradebook_writer import Entry, GradebookWriter
from instructor.shells.nbgrader.preprocessors import ForgetOldScores, read_steps

LOCKED = (
    "the gradebook cannot be written: {}. When that is mended, run this again; after an upgrade of nbgrader, first run "
    "nbgrader db upgrade"
)


class ClassAutograde(Autograde):
    """Autograde by jobs. `begin` is told how many hand-ins there are to grade, `tell` each that is done: its student
    and the sentence."""

    flow: Flow
    begin: Callable[[int, int], None]
    tell: Callable[[str, str], None]

    def convert_notebooks(self) -> None:
        """Grade all that is to be graded. Raises NbGraderException at the end, where something failed."""
        todo = {folder: paths for folder, paths in sorted(self.assignments.items()) if self._is_to_grade(folder)}
        self.begin(len(todo), len(self.assignments) - len(todo))
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            late = AssignLatePenalties(parent=self.exporter)
            self.book = GradebookWriter(gradebook, self.coursedir.assignment_id, late)
            done = self.flow.run(self._find_hand_ins(todo))
            if not self._has_other_steps():
                self._write_all(done, {folder: Folder(folder, len(paths)) for folder, paths in todo.items()})
                return
            self._sentences = {h.path: h.graded.sentence for some in done for h in some if h.graded}
        super().convert_notebooks()

    def _is_to_grade(self, folder: str) -> bool:
        """Whether what is in a folder is graded: `init_destination` decides so, too, but also clears the place."""
        student, assignment = Path(folder).parts[-2:]
        if student in self.coursedir.student_id_exclude.split(","):
            return False
        graded = self._format_dest(assignment, student)
        if self.force or not os.path.exists(graded):
            return True
        handed_in, before = map(self.coursedir.get_existing_timestamp, (folder, graded))
        return bool(handed_in and before and handed_in > before)

    def _find_hand_ins(self, todo: Mapping[str, Sequence[str]]) -> Iterator[HandIn]:
        ours, known = GradeIsolated(parent=self.exporter), self.book.notebooks
        checks = {unit: ours.checks_of(unit or "") for unit in self.exporter.units.values()}
        cells = {name: json.dumps(notebook.cells) for name, notebook in known.items()}
        for folder, paths in todo.items():
            for path in paths:
                place = self.exporter.place_of(Path(folder), Path(path).stem)
                yield HandIn(place, cells[place.name], known[place.name].kernel, checks[place.unit])

    def _has_other_steps(self) -> bool:
        """Whether somebody has put something into the conversion that is not nbgrader's or ours, or left it out."""
        return (
            (self.sanitize_preprocessors, self.autograde_preprocessors) != read_steps()
            or ClearMetadataPreprocessor(parent=self.exporter).enabled
            or not self.create_student
            or self.coursedir.notebook_id != "*"
        )

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Convert one as nbgrader does, whose grade is in the store by now."""
        super().convert_single_notebook(notebook_filename)
        path = Path(notebook_filename)
        self.tell(path.parts[-3], self._sentences.get(path, ""))

    def _write_all(self, done: Iterator[list[HandIn]], folders: dict[str, "Folder"]) -> None:
        failed = []
        for hand_ins in done:
            paths = [path for hand_in in hand_ins if folders[path := str(hand_in.place.folder)].take(hand_in)]
            ready = [folders.pop(path) for path in paths]  # what is written is not kept
            failed += [folder.path for folder in self._write(ready)]
        if failed:
            raise NbGraderException(f"these failed: {', '.join(failed)}")

    def _write(self, folders: Sequence["Folder"]) -> list["Folder"]:
        """Write what the folders' notebooks earned, and then the notebooks. Returns those that failed.

        In this order: a notebook that stands there complete says to the next run that its grade is in the gradebook.
        """
        for folder in folders:
            if not folder.error:
                folder.try_to(self._clear_place)
        self._write_grades([folder for folder in folders if not folder.error])
        for folder in folders:
            if not folder.error:
                folder.try_to(self._write_files)
            if folder.error:
                self._fail(folder, folder.error)
        return [folder for folder in folders if folder.error]

    def _clear_place(self, folder: "Folder") -> None:
        if not isinstance(self.pre_convert_hook, ForgetOldScores):
            self.notebooks = [str(hand_in.path) for hand_in in folder.hand_ins]
            self.run_pre_convert_hook()
        self.init_destination(self.coursedir.assignment_id, folder.student)

    def _write_grades(self, folders: Sequence["Folder"]) -> None:
        """In one transaction; where that fails, each in its own, so that one stops no other."""
        if not folders:
            return
        try:
            late = self.book.write([entry for folder in folders for entry in self._entries_of(folder)])
        except OperationalError as error:
            self.log.error("There was an error accessing the nbgrader database: %s", error)
            raise NbGraderException(LOCKED.format(error.orig)) from error
        except Exception as error:
            if len(folders) == 1:
                folders[0].error = error
                return
            for folder in folders:
                self._write_grades([folder])
            return
        for student, seconds in late.items():
            self.log.warning("%s handed in %.0f seconds late", printable(student), seconds)

    def _entries_of(self, folder: "Folder") -> list[Entry]:
        """What is written into the gradebook about a folder; of one that failed, that it earned nothing."""
        handed_in = self.coursedir.get_existing_timestamp(folder.path)
        failed = folder.error is not None
        return [
            Entry(folder.student, handed_in, hand_in.place.name)
            if failed or not hand_in.read
            else Entry(
                folder.student,
                handed_in,
                hand_in.place.name,
                hand_in.graded,
                hand_in.read.sources,
                bool(hand_in.fault),
            )
            for hand_in in folder.hand_ins
        ]

    def _write_files(self, folder: "Folder") -> None:
        assignment, sentence = self.coursedir.assignment_id, ""
        self.exporter.make_way(folder.student, assignment)
        place = self._format_dest(assignment, folder.student)
        os.makedirs(place, mode=0o755, exist_ok=True)
        for hand_in in folder.hand_ins:
            assert hand_in.graded and hand_in.read
            read, sentence = hand_in.read, sentence or hand_in.graded.sentence
            self.exporter.say_what_was_read(hand_in.place.folder, hand_in.place.name, read.file, read.refused)
            Path(place, f"{hand_in.place.name}.ipynb").write_text(hand_in.graded.text, encoding="utf-8")
        self.set_permissions(assignment, folder.student)
        self.notebooks = [str(hand_in.path) for hand_in in folder.hand_ins]
        self.run_post_convert_hook()
        self.tell(folder.student, sentence)

    def _fail(self, folder: "Folder", error: BaseException) -> None:
        """Say so, and leave nothing that looks like a grade."""
        self.log.error("There was an error processing assignment: %s", folder.path)
        self.log.error("%s: %s", folder.student, error)
        shutil.rmtree(self._format_dest(self.coursedir.assignment_id, folder.student), ignore_errors=True)
        folder.try_to(lambda failed: self.book.write(self._entries_of(failed)))


class Folder:
    """A student's folder, whose notebooks are under way. `error` is what went wrong with it."""

    def __init__(self, path: str, count: int) -> None:
        self.path, self.student, self.left = path, Path(path).parent.name, count
        self.hand_ins: list[HandIn] = []
        self.error: BaseException | None = None

    def take(self, hand_in: HandIn) -> bool:
        """Take a notebook that is done; returns whether it was the last."""
        self.hand_ins.append(hand_in)
        self.error = self.error or hand_in.error
        self.left -= 1
        return not self.left

    def try_to(self, do: "Callable[[Folder], object]") -> None:
        """Do something with it, and keep what went wrong."""
        try:
            do(self)
        except Exception as error:
            self.error = error
