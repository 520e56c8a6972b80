"""How `nbgrader autograde` opens what was handed in: it finds the file, repairs it, or says why it cannot be graded.

nbgrader makes its exporter after it has looked for notebooks and before it converts the first. `SubmissionExporter`
uses that moment to clear links and the like out of the students' folders and to add the students without a notebook.
"""

import atexit
import fnmatch
import glob
import json
import logging
import os
import re
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from traitlets import default
from traitlets.config.loader import DeferredConfig

from autograder import syllabus
from autograder.intake import find
from autograder.intake.printable import printable
from instructor.shells.nbgrader.folders import find_folders, ignore_files
from instructor.shells.nbgrader.grade_isolated import GradeIsolated
from instructor.shells.nbgrader.time_stamps import is_bad_time_stamp, mend_time_stamp
from instructor.shells.notebooks.restored import REFUSED
from instructor.shells.notebooks.submitted import SECRET, TIME_STAMP, Place, read_submission

SHELF = "set_aside"
SECRET_TEXT = re.compile(rb"[0-9a-fA-F]{16,512}")
EMPTY = "nothing-handed-in-{}.ipynb"


class SubmissionExporter(NotebookExporter):
    """Reads submitted notebooks as `autograder` does; the student's metadata never reaches nbgrader.

    A file that cannot be read becomes a notebook without cells, and its metadata holds the sentence that says why.
    """

    parent: Any

    @default("optimistic_validation")
    def _validate_once(self) -> bool:
        return True

    def __init__(self, config: Any = None, **options: Any) -> None:
        super().__init__(config=config, **options)
        self.units: dict[str, str | None] = {}
        remove_placeholders()
        self._prepare()

    def _prepare(self) -> None:
        """Put every student's folder in order, and say to nbgrader which notebooks it should have."""
        converter, course = self.parent, self.parent.coursedir
        self.units = _read_units(course)
        ours = GradeIsolated(parent=self)
        self._versions = {unit: ours.checks_of(unit).version for unit in self.units.values() if unit}
        folders = find_folders(course, course.submitted_directory) if self.units else []
        converter.assignments.clear()
        converter.log.addFilter(_is_news)
        for folder in folders:
            if "\n" in folder or not folder.isprintable():
                self.log.error("%s cannot be graded: rename the folder, its name is not printable", printable(folder))
                continue
            try:
                self._clear(Path(folder))
            except OSError as error:
                self.log.error("%s cannot be put in order: %s", folder, error)
            wanted = [name for name in self.units if fnmatch.fnmatch(name, course.notebook_id)]
            converter.assignments[folder] = [os.path.join(folder, f"{name}.ipynb") for name in wanted]
        converter.coursedir = ignore_files(course, ["*", *map(glob.escape, filter(glob.has_magic, folders))])

    def _clear(self, folder: Path) -> None:
        course = self.parent.coursedir
        shelf, submitted = self._shelf(folder), Path(course.root) / course.submitted_directory
        moved = find.make_plain_folder(folder, submitted, shelf)
        moved += find.set_aside(folder, shelf, is_bad=_is_bad)
        if any(name.startswith(TIME_STAMP) for name in moved):
            self.log.error(
                "%s: its time stamp cannot be read, so nobody knows whether it is LATE: look at %s, and put a "
                "%s with the right time in its place",
                folder,
                shelf / TIME_STAMP,
                TIME_STAMP,
            )
        mend_time_stamp(folder / TIME_STAMP)
        if moved:
            self.log.warning("%s: set aside in %s: %s", folder, shelf, ", ".join(moved))
        graded = Path(course.format_path(course.autograded_directory, folder.parent.name, folder.name))
        if course.notebook_id != "*" or not graded.is_dir():
            return
        said = {name: _read_own_metadata(graded / f"{name}.ipynb") for name in self.units}
        if not all("sentence" in own for own in said.values()):  # nbgrader has saved the points before it is written
            self.log.warning("%s: the last run was stopped in the middle of it: it is graded again", folder)
        elif _find_last_change(folder) > graded.stat().st_mtime:
            self.log.warning("%s has changed since it was graded: it is graded again", folder)
        elif any(unit and said[name].get("checks") != self._versions[unit] for name, unit in self.units.items()):
            self.log.warning("%s: the checks have changed since it was graded: it is graded again", folder)
        else:
            return
        shutil.rmtree(graded)

    def place_of(self, folder: Path, name: str) -> Place:
        """Where a notebook of a student's folder is looked for."""
        return Place(folder, name, self.units.get(name), self._shelf(folder))

    def _shelf(self, folder: Path) -> Path:
        return Path(self.parent.coursedir.root, SHELF, folder.parent.name, folder.name)

    def from_filename(  # type: ignore[override]
        self, filename: str, resources: Any = None, **options: Any
    ) -> tuple[str | NotebookNode, dict[str, Any]]:
        """Convert a submitted notebook, or one of ours that nbgrader has just written."""
        ids, course = resources["nbgrader"], self.parent.coursedir
        resources["metadata"] = {"name": ids["notebook"], "path": os.path.dirname(filename)}
        submitted = Path(course.format_path(course.submitted_directory, ids["student"], ids["assignment"]))
        if Path(filename).parent != submitted:
            notebook = nbformat.v4.reads(Path(filename).read_text(encoding="utf-8"))
            return self.from_notebook_node(notebook, resources=resources, **options)
        self.make_way(ids["student"], ids["assignment"])
        notebook, file = read_submission(self.place_of(submitted, ids["notebook"]))
        self.say_what_was_read(submitted, ids["notebook"], file, notebook["metadata"].get(REFUSED, ""))
        return self.from_notebook_node(nbformat.from_dict(notebook), resources=resources, **options)

    def make_way(self, student: str, assignment: str) -> None:
        """Keep what the exchange has noted, and take away a page with feedback, before a hand-in's grade is written."""
        course = self.parent.coursedir
        submitted, autograded, feedback = (
            Path(course.format_path(step, student, assignment))
            for step in (course.submitted_directory, course.autograded_directory, course.feedback_directory)
        )
        _keep(submitted, autograded)
        shutil.rmtree(feedback, ignore_errors=True)  # it is of an earlier grade, and nbgrader would keep it

    def say_what_was_read(self, folder: Path, name: str, file: Path, why: str) -> None:
        """Say in the log which file is graded, where it has another name, or why none is."""
        if why:
            self.log.warning("%s: %s", folder, why)
        elif file.name != f"{name}.ipynb":
            self.log.info("%s: %s is graded as %s.ipynb", folder, printable(file.relative_to(folder)), name)


def _read_own_metadata(graded: Path) -> dict[str, Any]:
    """What `GradeIsolated` has written about a notebook; nothing where there is none, or a half one."""
    try:
        return dict(json.loads(graded.read_bytes())["metadata"]["autograder"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _find_last_change(folder: Path) -> float:
    """When something in a folder was last changed, added or taken away.

    Of a file, its ctime, since `cp -p`, rsync and archives bring the mtime along.
    """
    times = [entry.stat(follow_symlinks=False) for entry in find.list_entries(folder)]
    return max([folder.lstat().st_mtime, *(t.st_mtime if stat.S_ISDIR(t.st_mode) else t.st_ctime for t in times)])


def _read_units(course: CourseDirectory) -> dict[str, str | None]:
    """The notebooks of the assignment that is graded, each with the unit whose exercises it holds."""
    exercises = set(syllabus.exercise_names())
    try:
        with Gradebook(course.db_url, course.course_id) as gradebook:
            notebooks = gradebook.find_assignment(course.assignment_id).notebooks
            named = {n.name: [c.name for c in n.grade_cells if c.name in exercises] for n in notebooks}
    except MissingEntry:
        return {}
    return {name: syllabus.unit_of(found[0]).name if found else None for name, found in named.items()}


def _is_bad(path: Path) -> bool:
    """Whether a file of the exchange is not what the exchange writes."""
    if path.name == SECRET:
        return path.stat().st_size > 1000 or SECRET_TEXT.fullmatch(path.read_bytes().strip()) is None
    return path.name == TIME_STAMP and is_bad_time_stamp(path)


def _is_news(record: logging.LogRecord) -> bool:
    """nbgrader says that no file was submitted wherever it has another name; where there is none, we say so."""
    return not str(record.msg).startswith("No submitted file")


def _keep(submitted: Path, autograded: Path) -> None:
    """Keep what the exchange has noted: when it was handed in, for nbgrader to see whether a student has done so again,
    and the secret by which the page with the feedback finds its way back."""
    for name in (TIME_STAMP, SECRET):
        if os.path.isfile(submitted / name):
            autograded.mkdir(parents=True, exist_ok=True)
            (autograded / name).unlink(missing_ok=True)
            shutil.copyfile(submitted / name, autograded / name, follow_symlinks=False)


class WithoutNotebooks(DeferredConfig):
    """Gives `Autograde` its exporter, and at that moment every submitted folder without a notebook an empty one.

    nbgrader gives up before it makes an exporter where no folder has a notebook, as with one student who handed in a
    Python file. The exporter takes the empty notebooks away again.
    """

    made: dict[Path, os.stat_result] = {}  # noqa: RUF012

    def __init__(self, config: Any) -> None:
        self.config = config

    def get_value(self, trait: Any) -> type[SubmissionExporter]:
        """The exporter's class."""
        course = CourseDirectory(config=self.config)
        for folder in map(Path, glob.glob(course.format_path(course.submitted_directory, "*", "*"))):
            placeholder = folder / EMPTY.format(os.getpid())
            if folder.is_dir() and not glob.glob(os.path.join(glob.escape(str(folder)), "*.ipynb")):
                before = folder.stat()
                try:
                    placeholder.touch()
                except OSError:
                    continue
                self.made[placeholder] = before
        return SubmissionExporter


@atexit.register
def remove_placeholders() -> None:
    """Take away the empty notebooks that this process has made, as if they had never been there."""
    for path, before in WithoutNotebooks.made.items():
        path.unlink(missing_ok=True)
        with suppress(OSError):  # only a folder's owner may, and a folder that looks changed is graded once more
            os.utime(path.parent, ns=(before.st_atime_ns, before.st_mtime_ns))
    WithoutNotebooks.made.clear()
