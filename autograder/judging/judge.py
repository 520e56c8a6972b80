"""From what was seen to verdicts: compare with the reference, name the mistakes, and put it into words."""

import builtins
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograder import expected
from autograder.compare import Difference, difference
from autograder.diagnose import Trial, causes
from autograder.exercise import Exercise, Misconception
from autograder.isolate import Transcript, Worker
from autograder.notebook_file import shown
from autograder.policy import is_the_courses, why_forbidden
from autograder.received import Failure
from autograder.submission import Submission, replaced_in, should_define
from autograder.verdict import Grade, Outcome, Verdict
from autograder.worker.probe import Observation

PUBLIC = "public"
LONGEST_CODE, LONGEST_WHERE = 200, 1500
READY_MADE = "a ready-made answer, or the course's own solution, is used: build it yourself"
NO_KERNEL = re.compile(r"not implemented for '|Could not run '")  # PyTorch says so of a dtype
NO_MODULE = re.compile(r"No module named '([\w.]+)'")
KINDS_OF_NUMPY = ("AxisError", "LinAlgError")


@dataclass(frozen=True)
class _Fault:
    """What is wrong in one trial. `blind` says it without a value of the inputs, the expected results or the output."""

    outcome: Outcome
    text: str
    blind: str


def judge(
    exercise: Exercise,
    seen: Mapping[Trial, Observation | Failure],
    submission: Submission,
    transcript: Transcript,
    seed: str | None,
    worker: Worker | None = None,
) -> Grade:
    """Give a verdict for each case from its trials, (case name, seed): with public inputs, hidden ones, or both.

    A mistake is looked for with the help of the worker, where there is one.
    """
    viewed = {
        trial: expected.of_student(exercise.name, *trial, saw) if isinstance(saw, Observation) else saw
        for trial, saw in seen.items()
    }
    faults = {trial: _fault(exercise, trial, saw, viewed[trial], submission, transcript) for trial, saw in seen.items()}
    named = _causes_by_case(exercise, viewed, faults, worker)
    replaced = replaced_in(submission.cells, exercise.name)
    if replaced is not None:
        place = f"cell {replaced}" if submission.is_notebook else f"line {replaced}"
        text = f"the import at {place} replaced your own `{exercise.name}`: "
        faults = {t: f and _Fault(f.outcome, text + f.text, text + f.blind) for t, f in faults.items()}
    points = exercise.points / len({name for name, _ in seen})
    verdicts = []
    for name in dict.fromkeys(name for name, _ in seen):
        trials = [trial for trial in viewed if trial[0] == name]
        bad = next((trial for trial in trials if faults[trial]), None)
        verdicts.append(_verdict(exercise, name, points, bad, faults.get(bad), named.get(name), (name, PUBLIC) in seen))
    return Grade(exercise.name, submission.unit, exercise.points, exercise.bonus, tuple(verdicts), seed)


def _causes_by_case(
    exercise: Exercise,
    viewed: Mapping[Trial, Observation | Failure],
    faults: Mapping[Trial, _Fault | None],
    worker: Worker | None,
) -> dict[str, Misconception]:
    """The likely cause for each failing case, from the public inputs where these fail, otherwise from the hidden."""
    failing = [t for t, fault in faults.items() if fault and fault.outcome in (Outcome.WRONG, Outcome.CRASHED)]
    public = [trial for trial in failing if trial[1] == PUBLIC]
    if not public:
        return {trial[0]: cause for trial, cause in causes(exercise, viewed, failing, worker).items()}
    named = causes(exercise, {t: saw for t, saw in viewed.items() if t[1] == PUBLIC}, public, worker)
    if len(named) == len(public) and len({cause.name for cause in named.values()}) == 1:
        return {trial[0]: named[public[0]] for trial in failing}
    return {trial[0]: cause for trial, cause in named.items()}


def _verdict(
    exercise: Exercise,
    name: str,
    points: float,
    bad: Trial | None,
    fault: _Fault | None,
    cause: Misconception | None,
    tried_in_public: bool,
) -> Verdict:
    case = exercise.case_named(name)
    where = ""
    if fault and bad[1] == PUBLIC:
        where = fault.text
    elif fault:
        where = f"right on the public inputs, but not on others: {fault.blind}" if tried_in_public else fault.blind
    return Verdict(
        exercise=exercise.name,
        case=name,
        promise=case.promise,
        outcome=fault.outcome if fault else Outcome.PASSED,
        points=points,
        where=where[:LONGEST_WHERE],
        misconception=cause.name if cause else "",
        cause=cause.sentence if cause else "",
        source=exercise.source,
        hidden=case.hidden,
    )


def _fault(
    exercise: Exercise,
    trial: Trial,
    seen: Observation | Failure,
    viewed: Observation | Failure,
    submission: Submission,
    transcript: Transcript,
) -> _Fault | None:
    if isinstance(seen, Observation):
        found = _difference(exercise, trial, seen, viewed)
        return _Fault(Outcome.WRONG, found.text, found.blind) if found else None
    if seen.kind == "missing":
        return _missing(exercise.name, submission, transcript)
    return _failure(seen, exercise.name, submission)


def _difference(exercise: Exercise, trial: Trial, seen: Observation, viewed: Observation) -> Difference | None:
    """How this differs from the reference. Where the case's view was of no use, the arrays say it as they are."""
    case, tolerance = exercise.case_named(trial[0]), exercise.tolerance_of(trial[0])
    ungraded = case.ungraded() if case.ungraded else None
    found = None
    if case.view and viewed is seen:
        found = difference(expected.plain(exercise.name, *trial), seen, tolerance, ungraded)
    return found or difference(expected.of_reference(exercise.name, *trial), viewed, tolerance, ungraded)


def _failure(failure: Failure, name: str, submission: Submission) -> _Fault:
    place = _place(failure.error, submission)[0]
    if failure.kind == "timed out":
        text = "the whole submission took too long" if failure.error.get("whole") else "no answer within the time limit"
        return _Fault(Outcome.TIMED_OUT, text, text)
    if failure.kind == "ready-made":
        text = why_forbidden(failure.error["name"])
        text = f"{place}: {text}" if place else text
        return _Fault(Outcome.FORBIDDEN, text, READY_MADE)
    if failure.kind == "died":
        return _died(failure)
    if failure.kind == "malformed":
        text = "the results could not be read: too large, or not what was asked for"
        return _Fault(Outcome.CRASHED, text, text)
    return _raised(failure, name, submission)


def _place(error: Mapping[str, Any], submission: Submission) -> tuple[str, str, str]:
    """Where something happened, the code there, and the place without its line; empty where the submission has no such
    line: it is student code that says so."""
    cell, line = str(error.get("cell")), error.get("line")
    lines = submission.cells.get(int(cell), "").splitlines() if cell.isdecimal() and cell == str(int(cell[:9])) else []
    if type(line) is not int or not 1 <= line <= len(lines):
        return "", "", ""
    return (
        submission.place(error),
        shown(lines[line - 1].strip()[:LONGEST_CODE]),
        f"cell {cell}" if submission.is_notebook else "",
    )


def _raised(failure: Failure, name: str, submission: Submission) -> _Fault:
    kind, message = str(failure.error.get("type")), str(failure.error.get("message"))
    place, code, cell = _place(failure.error, submission)
    if kind == "NotImplementedError" and not NO_KERNEL.search(message):
        text, blind = (f"not written yet ({where})" if where else "not written yet" for where in (place, cell))
        stub = str(failure.error.get("function"))
        if stub not in (name, "__init__", "forward") and any(f"def {stub}(" in c for c in submission.cells.values()):
            text = text.replace("not written yet", f"stops at `{stub}`, which is not written yet")
        return _Fault(Outcome.NOT_ATTEMPTED, text, blind)
    missing = NO_MODULE.fullmatch(message)
    if kind == "ModuleNotFoundError" and missing and is_the_courses(missing[1]):
        text = f"{place}: " * bool(place) + why_forbidden(missing[1])
        return _Fault(Outcome.FORBIDDEN, text, READY_MADE)
    own_kind = kind if isinstance(getattr(builtins, kind, None), type) or kind in KINDS_OF_NUMPY else "an exception"
    text, blind = f"{kind}: {message}" + f" at {place}: {code}" * bool(place), own_kind + f" in {cell}" * bool(cell)
    return _Fault(Outcome.CRASHED, text, blind)


def _died(failure: Failure) -> _Fault:
    status = failure.error.get("status", -1)
    ending = status & 0x7F if status >= 0 else 0
    if ending == getattr(signal, "SIGXCPU", None):
        return _Fault(Outcome.TIMED_OUT, "all processor time was used up", "all processor time was used up")
    names = {number.value: number.name for number in signal.Signals}  # not every signal of real time has one
    text = f"the process was ended by {names.get(ending, f'signal {ending}')}" if ending else "the process ended itself"
    return _Fault(Outcome.CRASHED, text, "the process ended")


def _missing(name: str, submission: Submission, transcript: Transcript) -> _Fault:
    """The name is not there: because the cell that should define it failed, or because nobody wrote it."""
    for number, failure in sorted(transcript.cells.items(), reverse=True):
        if should_define(submission.cells[number], name):
            fault = _failure(failure, name, submission)
            place = "" if failure.kind == "raised" else f" (cell {number})" if submission.is_notebook else ""
            text = f"the cell that defines `{name}` failed{place}: {fault.text}"
            return _Fault(fault.outcome, text, text)
    text = f"`{name}` is not defined"
    return _Fault(Outcome.NOT_ATTEMPTED, text, text)
