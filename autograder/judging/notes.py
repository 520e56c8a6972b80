"""What is to be said of a submission as a whole and costs nothing: imports that failed, PyTorch that was switched."""

import re
from collections.abc import Sequence
from dataclasses import replace

from autograder import syllabus
from autograder.evidence import Evidence, Failure
from autograder.intake.printable import printable
from autograder.intake.ready_made import is_the_courses
from autograder.intake.submission import Submission
from autograder.intake.switches import Switch, find_switches
from autograder.judging.not_there import NO_MODULE
from autograder.plan import Plan
from autograder.verdict import Grade, Outcome

IMPORTS = ("ImportError", "ModuleNotFoundError")
IMPORT = re.compile(r"\s*(import|from)\b")
LONGEST_CODE = 80
MOST_NOTES = 4


def add_notes(grades: Sequence[Grade], plan: Plan, evidence: Evidence) -> list[Grade]:
    """The grades, with each note at the first exercise that it concerns."""
    submission = plan.submission
    for_all = [_tell_import(failure, submission) for failure in evidence.failed_cells.values()]
    for_torch = [_tell_switch(switch, submission) for switch in find_switches(submission.code)]
    first_torch = next((g.exercise for g in grades if syllabus.exercise(g.exercise).library == "torch"), "")
    noted = []
    for number, grade in enumerate(grades):
        notes = (for_all if number == 0 else []) + (for_torch if grade.exercise == first_torch else [])
        notes.append(_tell_tested(grade, grades))
        noted.append(replace(grade, notes=tuple(filter(None, notes))[:MOST_NOTES]))
    return noted


def _tell_tested(grade: Grade, grades: Sequence[Grade]) -> str:
    """That a test was checked on a function that is not right yet; "" where it is, or where the bank was asked."""
    tested = next((g for g in grades if g.exercise == syllabus.exercise(grade.exercise).tests), None)
    if tested is None or tested.outcome is Outcome.PASSED or grade.seed or grade.outcome is Outcome.NOT_ATTEMPTED:
        return ""
    return (
        f"Your own `{tested.exercise}` does not pass its check yet. The mistakes in this check are put around it, so "
        "finish it first; then what is said here counts."
    )


def _tell_import(failure: Failure, submission: Submission) -> str:
    """An import that failed, in a cell of which the rest ran; "" where it is something else, or is told already."""
    code = submission.line_of(failure.cell, failure.line)
    missing = NO_MODULE.fullmatch(failure.message)
    if failure.type not in IMPORTS or not code or not IMPORT.match(code) or (missing and is_the_courses(missing[1])):
        return ""
    line = printable(code.strip()[:LONGEST_CODE])
    place = submission.place(failure.cell, failure.line or 1)
    return (
        f"`{line}` ({place}) failed here: {failure.message}. What needs it was left out, and the rest of the cell ran."
    )


def _tell_switch(switch: Switch, submission: Submission) -> str:
    place, text = submission.place(switch.cell, switch.line), printable(switch.text[:LONGEST_CODE])
    if switch.device:
        return (
            f"`{text}` ({place}) makes {printable(switch.device[:20])!r} the default device. Your answers are checked "
            "on the CPU, which every machine has."
        )
    return (
        f"`{text}` ({place}) switches gradients off for all that follows. Your answers are checked with gradients; "
        "delete the line, since without them no network learns."
    )
