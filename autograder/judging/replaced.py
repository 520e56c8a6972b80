"""An import took a name away from the student's code: say so, and call nobody a copier for it."""

import re
from collections.abc import Sequence
from dataclasses import replace

from autograder.intake.names import Replacement
from autograder.intake.submission import Submission
from autograder.judging.defect import Defect
from autograder.judging.reading import Reading
from autograder.verdict import Outcome


def explain_replacement(
    defect: Defect, replacements: Sequence[Replacement], submission: Submission, library: str, was_read: bool
) -> Defect:
    """The defect of an exercise, with the import that replaced a name which it uses.

    What a star import put in the place of the student's name is called against the student's will: that is a crash, and
    no ready-made answer, unless reading has found one (`was_read`). Where the `library` is NumPy, one call of
    PyTorch's leads to others, whatever their names are.
    """
    slips = [r for r in replacements if r.by_star]
    called = [r for r in slips if re.search(rf"\.{re.escape(r.name)} is ", defect.text)]
    meant = called or (slips if library == "numpy" else [])
    if defect.outcome is Outcome.FORBIDDEN and not was_read and meant:
        text = f"{_tell(meant[0], submission)}. {_advise(meant[0])}"
        return Defect(Outcome.CRASHED, text, text)
    own = [r for r in replacements if r.was_own]
    seen = [r for r in replacements if defect.outcome is Outcome.CRASHED and f"{r.name}(" in defect.text]
    if not (seen or own):
        return defect
    text = f"{_tell((seen or own)[0], submission)}: "
    return replace(defect, text=text + defect.text, redacted=text + defect.redacted)


def read_replacement(defect: Defect, replacements: Sequence[Replacement], submission: Submission) -> Reading | None:
    """The cause of a defect that tells of a replaced name."""
    told = [r for r in replacements if defect.text.startswith(_tell(r, submission))]
    if not told:
        return None
    sentence = f"{_tell(told[0], submission)}. {_advise(told[0])}"
    return Reading("import-replaces-a-name", sentence[0].upper() + sentence[1:])


def _tell(replacement: Replacement, submission: Submission) -> str:
    place = submission.cell_words(replacement.cell)
    whose = "your own" if replacement.was_own else "Python's own"
    return f"the import in {place} replaced {whose} `{replacement.name}`"


def _advise(replacement: Replacement) -> str:
    if replacement.by_star:
        return "Import only the names that you need, not `*`."
    return "Give what you import another name: `from … import … as …`."
