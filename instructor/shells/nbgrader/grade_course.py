"""Grade what is in a course's `submitted/` into its gradebook: assignment by assignment, with several jobs."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.execution.executor import describe_missing
from autograder.intake.printable import printable
from instructor.shells.class_flow import Flow
from instructor.shells.class_jobs import Jobs
from instructor.shells.class_store import Store
from instructor.shells.cluster_jobs import describe_workers, start_jobs
from instructor.shells.course.gradebook import CONFIG, SQLITE
from instructor.shells.nbgrader.class_autograde import ClassAutograde
from instructor.shells.nbgrader.class_feedback import ClassFeedback
from instructor.shells.nbgrader.class_progress import ClassProgress
from instructor.shells.nbgrader.grade_isolated import GradeIsolated, grader_of_this_process, store_of


class CannotGrade(Exception):
    """Nothing can be graded as it was asked; the message says why and what to do."""


@dataclass
class Outcome:
    """What a run did: hand-ins by what became of them, how many different submissions were run, and how many feedback
    pages were written, where they were asked for."""

    written: int = 0
    unchanged: int = 0
    ran: int = 0
    given_up: int = 0
    pages: int | None = None
    failed: tuple[str, ...] = ()
    missing: str = ""
    about_workers: tuple[str, ...] = ()  # sentences on those of a cluster


def describe(outcome: Outcome) -> Iterator[str]:
    """What a run did, in sentences."""
    hand_ins = "1 hand-in" if outcome.written == 1 else f"{outcome.written} hand-ins"
    run = f"{outcome.ran} of them run, the others already known" if outcome.ran < outcome.written else "all of them run"
    yield f"{hand_ins} graded{f' ({run})' * bool(outcome.written)}; {outcome.unchanged} had not changed"
    if outcome.pages is not None:
        yield f"{outcome.pages} feedback pages written" if outcome.pages else "all feedback pages were up to date"
    if outcome.given_up:
        yield f"{outcome.given_up} could not be graded: see the formgrader; the next run will try again"
    if outcome.failed:
        yield f"these failed and have no grade: {', '.join(map(printable, outcome.failed))}"
    if outcome.missing:
        yield f"the sandbox is not complete on this machine: {outcome.missing}"
    yield from outcome.about_workers


class CourseRun:
    """The hand-ins of a course that are asked for. Raises CannotGrade where there are none."""

    def __init__(self, course: Path, assignments: Sequence[str], student: str = "*") -> None:
        if not (course / CONFIG).is_file():
            raise CannotGrade(f"there is no {CONFIG} in {course.resolve()}: run this in the course folder")
        self.config: Config = PyFileConfigLoader(CONFIG, str(course.resolve())).load_config()
        self.folder = CourseDirectory(config=self.config)
        self.folder.student_id = student
        self.assignments = self._find(assignments)

    def _find(self, asked: Sequence[str]) -> list[str]:
        """The assignments to grade, in the order of the course; by default all of which something was handed in."""
        root = Path(self.folder.root)
        course, submitted = Path(self.config.GradeIsolated.course), root / self.folder.submitted_directory
        students = [self.folder.student_id] if self.folder.student_id != "*" else _list_folders(submitted)
        handed_in = {name for student in students for name in _list_folders(submitted / student)}
        known = self._read_known()
        for name in asked:
            if name not in known:
                raise CannotGrade(
                    f"{printable(name)} is not in the gradebook: first run nbgrader generate_assignment {name}"
                    if (course / "solutions" / name).is_dir()
                    else f"there is no assignment {printable(name)}; the assignments are {', '.join(sorted(known))}"
                )
        found = sorted(handed_in & known & (set(asked) or known))
        if not found:
            whose = f" by {printable(students[0])}" if self.folder.student_id != "*" else ""
            of = f" for {', '.join(asked)}" if asked else ""
            raise CannotGrade(f"nothing has been handed in{of}{whose}: it belongs in {submitted}/STUDENT/ASSIGNMENT")
        return found

    def _read_known(self) -> set[str]:
        if self.folder.db_url.startswith(SQLITE) and not Path(self.folder.db_url.removeprefix(SQLITE)).is_file():
            raise CannotGrade("there is no gradebook here: first run nbgrader generate_assignment")
        with Gradebook(self.folder.db_url, self.folder.course_id) as gradebook:
            return {assignment.name for assignment in gradebook.assignments}

    def grade(
        self, jobs: int, regrade: bool, progress: ClassProgress, feedback: bool = False, scheduler: str = ""
    ) -> Outcome:
        """Grade everything, here or on the cluster of a scheduler, and then write the pages with feedback, where they
        are asked for.

        A hand-in that cannot be graded stops no other. Raises GraderFault, NoCluster or ClusterGone where nothing can
        be.
        """
        outcome = Outcome()
        settings = GradeIsolated(config=self.config)
        if settings.require_sandbox and not scheduler:
            grader_of_this_process().executor.require_sandbox = True
            grader_of_this_process().executor.missing_layers()
        store = store_of(Path(settings.course))
        store.given_up.clear()
        with start_jobs(jobs, scheduler) as started:
            flow = Flow(started, store, regrade)
            for assignment in self.assignments:
                self._grade_assignment(assignment, flow, regrade, progress, outcome)
            for assignment in self.assignments if feedback else ():
                self._write_pages(assignment, started, store, progress, outcome)
            outcome.ran, outcome.missing = flow.ran, describe_missing(started.missing)
            outcome.about_workers = describe_workers(started)
        outcome.given_up = len(store.given_up)
        return outcome

    def _grade_assignment(
        self, assignment: str, flow: Flow, regrade: bool, progress: ClassProgress, outcome: Outcome
    ) -> None:
        log, handler = logging.getLogger(f"autograder.{assignment}"), _Shown(progress)
        log.propagate = False
        log.addHandler(handler)
        self.folder.assignment_id = assignment
        converter = ClassAutograde(coursedir=self.folder, config=self.config, log=log)
        converter.flow, converter.force = flow, regrade
        converter.begin = partial(_begin, outcome, progress, assignment)
        converter.tell = partial(_tell, outcome, progress)
        try:
            converter.start()
        except NbGraderException as error:  # it has graded all others before
            outcome.failed += tuple(handler.failed) or (f"{assignment}: {error}",)
        finally:
            log.removeHandler(handler)

    def _write_pages(
        self, assignment: str, jobs: Jobs, store: Store, progress: ClassProgress, outcome: Outcome
    ) -> None:
        self.folder.assignment_id = assignment
        pages = ClassFeedback(self.folder, Path(self.config.FeedbackPage.course), store)
        outcome.pages = (outcome.pages or 0) + len(pages.todo)
        progress.begin(f"{assignment}, feedback", len(pages.todo))
        for student, error in pages.write(jobs):
            progress.tell(student, "")
            if error:
                progress.say(f"{printable(student)}: no page was written: {error}")
                outcome.failed += (f"{student} (feedback)",)


def _list_folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _begin(outcome: Outcome, progress: ClassProgress, title: str, total: int, unchanged: int) -> None:
    outcome.unchanged += unchanged
    progress.begin(title, total)


def _tell(outcome: Outcome, progress: ClassProgress, student: str, sentence: str) -> None:
    outcome.written += 1
    progress.tell(student, sentence)


class _Shown(logging.Handler):
    """Shows what nbgrader warns of; which hand-ins have failed, it keeps."""

    PREFIX = "There was an error processing assignment: "
    NO_NEWS = ("There was an error", "Please see", "Removing ", "Updating ", "Late submission penalty", "Canceled")

    def __init__(self, progress: ClassProgress) -> None:
        super().__init__(logging.WARNING)
        self.progress = progress
        self.failed: list[str] = []
        self.said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Show a line."""
        said = record.getMessage()
        if said.startswith(self.PREFIX):
            self.failed.append(Path(said.removeprefix(self.PREFIX)).parent.name)
        elif record.levelno >= logging.ERROR and said.startswith("Traceback"):
            self.progress.say(f"{self.failed[-1] if self.failed else ''}: {said.strip().splitlines()[-1]}")
        elif said not in self.said and not said.startswith(self.NO_NEWS):
            self.said.add(said)
            self.progress.say(printable(said))
