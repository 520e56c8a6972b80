"""What is not there yet: code that is not written, and names that a failed cell should have bound."""

import re
import unicodedata
from collections.abc import Mapping

from autograder.evidence import Failure
from autograder.intake.places import definitions_around, is_left_over, should_bind
from autograder.intake.submission import Submission
from autograder.judging.defect import Defect
from autograder.verdict import Outcome

NO_MODULE = re.compile(r"No module named '([\w.]+)'")
NO_NAME = re.compile(r"name '(\w+)' is not defined")
STRANGE = re.compile(r"invalid (?:non-printable )?character .*?U\+([0-9A-F]{4,6})")
MARKS = {**dict.fromkeys("“”„«»″", '"'), **dict.fromkeys("‘’‚′´`", "'"), **dict.fromkeys("–—−", "-"), "…": "..."}
ASKED_FOR = ("__init__", "forward")


def describe_stub(failure: Failure, name: str, submission: Submission, place: str, cell: str) -> Defect:
    """A NotImplementedError in the exercise `name`: nothing is written there, or the line was forgotten."""
    redacted = "not written yet" + f" ({cell})" * bool(cell)
    if not place or failure.line is None:
        return Defect(Outcome.NOT_ATTEMPTED, "not written yet", redacted)
    number, line = int(failure.cell), failure.line
    if is_left_over(submission.code, number, line):
        text = f"`raise NotImplementedError` still stands in your code ({place}): delete the line when the code is done"
        return Defect(Outcome.CRASHED, text, redacted)
    around = [definition.name for definition in definitions_around(submission.code, number, line)]
    unwritten = next((n for n in (*around[:1], *around[:0:-1]) if n not in (name, *ASKED_FOR)), "")
    text = f"stops in `{unwritten}`, which is not written yet" if unwritten else "not written yet"
    return Defect(Outcome.NOT_ATTEMPTED, f"{text} ({place})", redacted)


def explain_name(failure: Failure, submission: Submission, failed_cells: Mapping[int, Failure]) -> str:
    """A name that is not there because the cell that should have bound it failed; "" where no failed cell should."""
    missing = NO_NAME.match(failure.message)
    if failure.type != "NameError" or not missing:
        return ""
    for number, cause in sorted(failed_cells.items(), reverse=True):
        if should_bind(submission.code, number, missing[1]):
            others = {n: other for n, other in failed_cells.items() if n != number}
            why = explain_name(cause, submission, others) or _short(cause)
            return f"{submission.cell_words(number)} failed: {why}; so `{missing[1]}` is not there"
    return _explain_star(missing[1], submission, failed_cells)


def _explain_star(name: str, submission: Submission, failed_cells: Mapping[int, Failure]) -> str:
    """A name that may be one of a module which could not be imported; "" where no import of everything failed."""
    for number, cause in sorted(failed_cells.items(), reverse=True):
        line = submission.line_of(cause.cell, cause.line) or ""
        if NO_MODULE.fullmatch(cause.message) and re.search(r"\bimport\s*\*", line):
            words = submission.cell_words(number)
            return f"{words} failed: {cause.message}; so `{name}`, if it should come from there, is not there"
    return ""


def error_words(failure: Failure) -> str:
    """An error as Python tells it, and of a character that looks like another one, what to do."""
    told = f"{failure.type}: {failure.message}" if failure.message else failure.type
    found = STRANGE.search(failure.message) if failure.type == "SyntaxError" else None
    if not found:
        return told
    character = chr(int(found[1], 16))
    if character in MARKS:
        return f"{told}: it is a printer's mark, from a text or a web page; type `{MARKS[character]}` instead"
    if unicodedata.category(character) not in ("Zs", "Cf"):
        return told
    looks = "looks like a blank" if unicodedata.category(character) == "Zs" else "cannot be seen"
    return f"{told}: it {looks} and came with text that was pasted; type the line anew"


def _short(failure: Failure) -> str:
    """Why a cell failed: a missing module is named without the type of its error."""
    if failure.type == "ModuleNotFoundError" and NO_MODULE.fullmatch(failure.message):
        return failure.message
    return error_words(failure) or failure.kind.value
