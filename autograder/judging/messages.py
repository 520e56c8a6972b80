"""What is wrong in one trial, in words: for public inputs with the numbers, for hidden ones without."""

import builtins
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass, replace

from autograder import syllabus
from autograder.answers import Answers
from autograder.evidence import Evidence, Failure, FailureKind, Shown
from autograder.exercise import Exercise, Trial
from autograder.intake.printable import printable
from autograder.intake.ready_made import ReadyMade, explain_ready_made, is_the_courses
from autograder.intake.submission import Submission
from autograder.judging.compare import Difference, difference
from autograder.judging.defect import Defect
from autograder.judging.not_there import NO_MODULE, describe_stub, error_words, explain_name
from autograder.protocol.probe import Observation
from autograder.protocol.without_pytorch import NeedsPyTorch
from autograder.verdict import Outcome

LONGEST_CODE = 200
READY_MADE = "a ready-made answer, or the course's own solution, is used: build it yourself"
STACKS = ("Encoder", "Decoder")
NO_NORM = ". Here you need none: every layer ends with a norm, and the paper has no other one after the stack"
NO_KERNEL = re.compile(r"not implemented for '|Could not run '")  # PyTorch says so of a dtype
WITHOUT_PYTORCH = (
    "needs PyTorch, which is not installed in this Python, so nothing was checked. Install it as the README says, "
    "and check again; in a notebook, restart the kernel first."
)
KINDS_OF_NUMPY = ("AxisError", "LinAlgError")


def find_defect(
    exercise: Exercise,
    trial: Trial,
    shown: Shown,
    viewed: Shown,
    submission: Submission,
    evidence: Evidence,
    answers: Answers,
) -> Defect | None:
    """The defect of one trial, or None where it passed. `viewed` is what it showed as the case looks at it."""
    if isinstance(shown, Observation) and isinstance(viewed, Observation):
        found = _compare(exercise, trial, shown, viewed, answers)
        return Defect(Outcome.WRONG, found.text, found.redacted, picture=found.picture) if found else None
    assert isinstance(shown, Failure)
    if shown.kind is FailureKind.MISSING:
        return _describe_missing(exercise.name, submission, evidence)
    return describe_failure(shown, exercise.name, submission, evidence.failed_cells)


def describe_use(use: ReadyMade, submission: Submission, exercise: str = "") -> Defect:
    """The defect of an exercise in whose code a ready-made answer was found by reading."""
    failure = Failure(FailureKind.READY_MADE, name=use.name, cell=str(use.cell), line=use.line)
    defect = _describe_ready_made(failure, submission)
    return replace(defect, text=defect.text + NO_NORM) if _is_norm_of_stack(use, submission, exercise) else defect


def _is_norm_of_stack(use: ReadyMade, submission: Submission, exercise: str) -> bool:
    """Whether PyTorch's norm is used in the class of a stack, which needs none."""
    places = submission.code.definitions.get(exercise, ()) if exercise in STACKS else ()
    is_inside = any(
        cell == use.cell and statement.lineno <= use.line <= (statement.end_lineno or 0) for cell, statement in places
    )
    return is_inside and use.name.endswith(".LayerNorm")


def _compare(
    exercise: Exercise, trial: Trial, shown: Observation, viewed: Observation, answers: Answers
) -> Difference | None:
    """How this differs from the reference. Where the case's view was of no use, the arrays say it as they are."""
    case, tolerance = exercise.case_named(trial.case), exercise.tolerance_of(trial.case)
    ungraded, right = case.ungraded(), answers.reference(trial)
    found = None
    if case.view and viewed is shown:
        found = difference(answers.unviewed_reference(trial), shown, tolerance, ungraded, right)
    return found or difference(right, viewed, tolerance, ungraded)


def describe_failure(
    failure: Failure, name: str, submission: Submission, failed_cells: Mapping[int, Failure] | None = None
) -> Defect:
    """A failure of the exercise `name`, or of the cell that defines it; `failed_cells` may be to blame."""
    match failure.kind:
        case FailureKind.TIMED_OUT:
            return _describe_timeout(_locate(failure, submission))
        case FailureKind.ALL_TIME_USED:
            return _same_in_both(Outcome.TIMED_OUT, "the whole submission took too long")
        case FailureKind.READY_MADE:
            return _describe_ready_made(failure, submission)
        case FailureKind.DIED:
            return _describe_death(failure.status)
        case FailureKind.MALFORMED:
            return _same_in_both(Outcome.CRASHED, "the results could not be read: too large, or not what was asked for")
        case _:
            return _describe_error(failure, name, submission, failed_cells or {})


def _same_in_both(outcome: Outcome, text: str) -> Defect:
    return Defect(outcome, text, text)


def _describe_ready_made(failure: Failure, submission: Submission) -> Defect:
    place, text = _locate(failure, submission).place, explain_ready_made(failure.name)
    return Defect(Outcome.FORBIDDEN, f"{place}: {text}" if place else text, READY_MADE)


@dataclass(frozen=True)
class _Located:
    """Where something happened: the place, the code there, and the cell alone. All are empty where the submission has
    no such line: it is student code that says so."""

    place: str = ""
    code: str = ""
    cell: str = ""

    @property
    def at(self) -> str:
        return f"{self.place}: `{self.code}`" if self.place else ""


def _locate(failure: Failure, submission: Submission) -> _Located:
    code = submission.line_of(failure.cell, failure.line)
    if code is None or failure.line is None:
        return _Located()
    place = submission.place(failure.cell, failure.line)
    cell = submission.cell_words(failure.cell) if submission.is_notebook else ""
    return _Located(place, printable(code.strip()[:LONGEST_CODE]), cell)


def _describe_timeout(located: _Located) -> Defect:
    """Where it is known which line was running, that line may be in a loop that does not end."""
    text = "no answer within the time limit"
    running = f": it was still running in {located.at}. Is this in a loop that does not end?" if located.at else ""
    return Defect(Outcome.TIMED_OUT, text + running, text, located.at)


def _describe_error(failure: Failure, name: str, submission: Submission, failed_cells: Mapping[int, Failure]) -> Defect:
    located = _locate(failure, submission)
    if failure.type == "NotImplementedError" and not NO_KERNEL.search(failure.message):
        return describe_stub(failure, name, submission, located.place, located.cell)
    missing = NO_MODULE.fullmatch(failure.message)
    if failure.type == NeedsPyTorch.__name__ or (missing and missing[1].partition(".")[0] == "torch"):
        return _same_in_both(Outcome.NOT_ATTEMPTED, f"{name} {WITHOUT_PYTORCH}")
    if failure.type == "ModuleNotFoundError" and missing and is_the_courses(missing[1]):
        text = f"{located.place}: " * bool(located.place) + explain_ready_made(missing[1])
        return Defect(Outcome.FORBIDDEN, text, READY_MADE)
    is_known = isinstance(getattr(builtins, failure.type, None), type) or failure.type in KINDS_OF_NUMPY
    text = explain_name(failure, submission, failed_cells) or error_words(failure)
    text += f", in {located.at}" * bool(located.at)
    redacted = (failure.type if is_known else "an exception") + f" in {located.cell}" * bool(located.cell)
    return Defect(Outcome.CRASHED, text, redacted, located.at)


def _describe_death(status: int) -> Defect:
    ending = status & 0x7F if status >= 0 else 0
    if ending == getattr(signal, "SIGXCPU", None):
        return _same_in_both(Outcome.TIMED_OUT, "all processor time was used up")
    names = {number.value: number.name for number in signal.Signals}  # not every real-time signal has one
    text = f"the process was ended by {names.get(ending, f'signal {ending}')}" if ending else "the process ended itself"
    return Defect(Outcome.CRASHED, text, "the process ended")


def _describe_missing(name: str, submission: Submission, evidence: Evidence) -> Defect:
    """The name is not there: because the cell that should define it failed, or because nobody wrote it."""
    for number, failure in sorted(evidence.failed_cells.items(), reverse=True):
        if submission.code.should_define(number, name):
            others = {n: other for n, other in evidence.failed_cells.items() if n != number}
            if waits := explain_name(failure, submission, others):
                return _same_in_both(Outcome.CRASHED, f"{waits}, nor is `{name}`")
            defect = describe_failure(failure, name, submission)
            text = f"`{name}` is not there, because the code that defines it failed: {defect.text}"
            return Defect(defect.outcome, text, text, defect.at)
    return _same_in_both(Outcome.NOT_ATTEMPTED, f"`{name}` is not defined{_say_where_to_look(name, submission)}")


def _say_where_to_look(name: str, submission: Submission) -> str:
    """What may be meant to be the exercise `name`; or, where the unit is not known, in which notebook it is written."""
    if alike := submission.code.find_similar(name, syllabus.exercise_names()):
        return f"; if your `{alike}` is meant to be it, call it `{name}`"
    if submission.unit or name not in syllabus.exercise_names():
        return ""
    return f" here; it belongs to the notebook `{syllabus.unit_of(name).name}`"
