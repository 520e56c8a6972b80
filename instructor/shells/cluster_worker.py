"""What a worker of a Dask cluster does: it grades what it is sent, and says why where it must not.

The scheduler imports this, too, since it looks at what it passes on.
"""

import atexit
import hashlib
import platform
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from autograder import syllabus
from autograder.evidence import GraderFault
from autograder.execution.executor import describe_missing
from autograder.execution.limits import Limits
from autograder.grading import Grader, grade_plan
from autograder.intake.submission import Submission
from autograder.plan import make_plan
from instructor.answers.fingerprint import LIBRARIES, PROJECT
from instructor.shells.class_store import pack

CODE, PACKAGES = "code", ("autograder", "instructor", "transformer_ref")


@dataclass(frozen=True)
class Request:
    """All that decides about the grades of one submission."""

    submission: Submission
    exercises: tuple[str, ...]
    seeds: Mapping[str, str] = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)
    limits: Limits
    require_sandbox: bool
    follow_through: bool
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """Packed grades, or why there are none: `fault` where the grader failed, `unfit` where this worker must not grade.

    `missing` are the layers of the sandbox that the worker lacks.
    """

    worker: str
    packed: bytes = b""
    fault: str = ""
    unfit: str = ""
    missing: Mapping[str, str] = field(default_factory=dict)


@cache
def versions() -> dict[str, str]:
    """What must be the same on all machines, so that their grades are: versions by name, and a digest of our code.

    A process that was started before the code was changed goes on saying what it was.
    """
    digest = hashlib.sha256()
    for path in sorted(path for package in PACKAGES for path in (PROJECT / package).rglob("*")):
        if path.suffix in (".py", ".json"):
            digest.update(path.relative_to(PROJECT).as_posix().encode() + b"\0")
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    named = {"Python": platform.python_version()} | {name: _version_of(name) for name in ("distributed", *LIBRARIES)}
    return named | {CODE: digest.hexdigest()}


def _version_of(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def find_difference(theirs: Mapping[str, str], ours: Mapping[str, str]) -> str:
    """The first difference between the versions of another machine and those that are wanted, in words."""
    name = next((name for name, wanted in ours.items() if theirs.get(name) != wanted), "")
    if name == CODE:
        return "it has another version of the course"
    return f"it has {name} {theirs.get(name)} instead of {ours[name]}" if name else ""


class WarmGrader:
    """The one grader of a worker's process. Where the worker has several threads, they take turns."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._grader: Grader | None = None
        atexit.register(self.close)

    def grade(self, request: Request) -> tuple[bytes, str, dict[str, str]]:
        """Packed grades, a sentence where the grader fails, and what the sandbox lacks."""
        with self._turn:
            self._grader = self._grader or Grader()
            packed, fault = _grade(self._grader, request)
            missing = dict(self._grader.executor.missing)
            if fault:
                self.close()
            return packed, fault, missing

    def close(self) -> None:
        """End its processes; the next submission has new ones."""
        if self._grader:
            self._grader.close()
        self._grader = None


WARM = WarmGrader()


def grade_here(request: Request) -> Answer:
    """Grade on the worker that this is called on."""
    from distributed import get_worker

    worker = get_worker().address
    if difference := find_difference(versions(), request.versions):
        return Answer(worker, unfit=difference)
    packed, fault, missing = WARM.grade(request)
    if missing and request.require_sandbox:
        return Answer(worker, unfit=f"its sandbox is not complete: {describe_missing(missing)}")
    return Answer(worker, packed, fault, missing=missing)


def _grade(grader: Grader, request: Request) -> tuple[bytes, str]:
    grader.executor.limits, grader.executor.require_sandbox = request.limits, request.require_sandbox
    try:
        exercises = [syllabus.exercise(name) for name in request.exercises]
        plan = make_plan(request.submission, exercises, files=request.files)
        trials = {exercise.name: exercise.trials(request.seeds[exercise.name]) for exercise in exercises}
        plan = replace(plan, seeds=request.seeds, trials=trials)
        return pack(grade_plan(plan, grader.executor, grader.answers, request.follow_through)), ""
    except GraderFault as fault:
        return b"", f"the grader failed: {fault}"
    except Exception as error:  # the rest of the class is graded
        return b"", f"the grader failed: {type(error).__name__}: {error}"
