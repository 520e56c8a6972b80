"""Feedback on its way to the students: a page for every folder, and its release through the exchange."""

import glob
import os
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.exchange.default import ExchangeReleaseFeedback

from instructor.shells.nbgrader.folders import find_folders, ignore_files
from instructor.shells.notebooks.page import copy_records
from instructor.shells.notebooks.submitted import SECRET, TIME_STAMP


def find_notebooks(converter: GenerateFeedback) -> None:
    """Note the graded notebooks of the students who are asked for, in place of nbgrader's own way to find them, which
    takes a name with `[` for a pattern. Raises NbGraderException where there are none."""
    course = converter.coursedir
    folders = find_folders(course, course.autograded_directory)
    patterns = {folder: os.path.join(glob.escape(folder), f"{course.notebook_id}.ipynb") for folder in folders}
    found = {folder: glob.glob(pattern) for folder, pattern in patterns.items()}
    converter.assignments = {folder: notebooks for folder, notebooks in found.items() if notebooks}
    converter.notebooks = []
    if not converter.assignments:
        message = f"Nothing is graded yet of {course.assignment_id} for {course.student_id}: autograde it first"
        converter.log.error(message)
        raise NbGraderException(message)


class ReleasableExporter(Exporter):
    """Puts beside a student's page what the exchange needs to release it, whatever the folder is called."""

    parent: Any

    def __init__(self, config: Any = None, **options: Any) -> None:
        super().__init__(config=config, **options)
        if isinstance(self.parent, GenerateFeedback):
            odd = [folder for folder in self.parent.assignments if glob.has_magic(folder)]
            self.parent.coursedir = ignore_files(self.parent.coursedir, list(map(glob.escape, odd)))

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> Any:
        """The page of a graded notebook."""
        if isinstance(self.parent, GenerateFeedback):
            ids, course = resources["nbgrader"], self.parent.coursedir
            page = Path(course.format_path(course.feedback_directory, ids["student"], ids["assignment"]))
            page.mkdir(parents=True, exist_ok=True)
            copy_records(Path(filename).parent, page)
        return super().from_filename(filename, resources=resources, **options)


class ReleaseFeedback(ExchangeReleaseFeedback):
    """Releases the pages of all who handed in through the exchange, and says whose have to go another way."""

    def copy_files(self) -> None:
        """Copy the pages into the exchange. A hand-in that came another way has no secret, under which it would be
        found there."""
        course, without = self.coursedir, []
        for folder in find_folders(course, course.feedback_directory):
            if not os.path.isfile(os.path.join(folder, SECRET)):
                without.append(os.path.relpath(folder, course.root))
                continue
            Path(folder, TIME_STAMP).touch()
            self.src_path = glob.escape(folder)
            super().copy_files()
        if without:
            self.log.warning(
                "Not released, since it was not handed in through the exchange; give these pages back by hand: %s",
                ", ".join(without),
            )
