"""The student's own modules, in place of those of `autograder.blocks`. In a notebook it is one word:

    from autograder.blocks import Decoder, Encoder      # known-good ones
    from autograder.own_work import Decoder, Encoder    # yours, from your earlier notebooks

A name is taken from the notebook of its unit, in the folder beside this one (`../05_encoder/encoder.ipynb`), if it is
written there and passes its public cases; otherwise it comes from `blocks`. For each name it is said which of the two.
What that notebook took from `blocks` is replaced in the same way, so that a stack holds the student's own layers. A
grade is made with `blocks`: there, this module is only another name for them.
"""

import sys
import types
from pathlib import Path
from typing import Any

from IPython.utils.capture import capture_output

from autograder import syllabus
from autograder.intake.files import BadSubmission
from autograder.intake.submission import Submission, read
from autograder.sandbox.notebook import Notebook
from autograder.shells.notebook_check import grade_here
from autograder.student import blocks
from autograder.verdict import Outcome


def __getattr__(name: str) -> Any:
    """The student's own `name`, or that of `blocks`. Raises AttributeError for a name that `blocks` does not have."""
    if name.startswith("_") or not hasattr(blocks, name):
        raise AttributeError(f"module 'autograder.own_work' has no attribute {name!r}")
    found, why = EARLIER_WORK.find(name)
    print(f"{name:>30}: {why}")
    return found


class EarlierWork:
    """The student's notebooks of other units, in the folders beside the one to work in, each run once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: dict[tuple[Path, int], types.ModuleType] = {}
        self.taken: dict[str, dict[str, list[str]]] = {}

    def find(self, name: str) -> tuple[Any, str]:
        """What stands for a name of `blocks`, and where it comes from."""
        known_good = getattr(blocks, name)
        if name not in syllabus.exercise_names():
            return known_good, "from blocks (it is no exercise)"
        unit = syllabus.unit_of(name).name
        path = next(self.folder.glob(f"[0-9][0-9]_{unit}/{unit}.ipynb"), None)
        if path is None:
            return known_good, f"from blocks (there is no notebook of the unit {unit} beside this one)"
        try:
            submission = read(path)
        except BadSubmission as error:
            return known_good, f"from blocks ({error})"
        notebook = self._execute(path, submission)
        if vars(notebook).get(name, known_good) is known_good:
            return known_good, f"from blocks ({path} does not define it)"
        outcome = grade_here(name, vars(notebook), submission.cells).outcome
        if outcome is Outcome.PASSED:
            return getattr(notebook, name), f"yours, from {path}"
        problem = "is not written yet" if outcome is Outcome.NOT_ATTEMPTED else "does not pass its public cases"
        return known_good, f"from blocks (yours {problem})"

    def _execute(self, path: Path, submission: Submission) -> types.ModuleType:
        """The notebook as a module, run again only when it has changed; as in a grade, a cell may fail."""
        key = (path.resolve(), path.stat().st_mtime_ns)
        if key not in self.modules:
            module = self.modules[key] = types.ModuleType(f"own_{submission.unit}")
            sys.modules[module.__name__] = module  # where a dataclass, for one, looks its module up
            notebook = Notebook(vars(module))
            self.taken[submission.unit] = {}
            for number, source in submission.cells.items():
                with capture_output():
                    notebook.run_cell(number, source)
                self.replace_blocks(module, submission.unit)
            if taken := self.taken.get(submission.unit):
                print(describe_taken(submission.unit, taken))
        return self.modules[key]

    def replace_blocks(self, module: types.ModuleType, unit: str) -> None:
        """Put the student's own modules of other units where a cell has taken those of `blocks`, and note which these
        are, by their units; those that stay are noted under "blocks"."""
        noted = self.taken.setdefault(unit, {})
        for name, value in list(vars(module).items()):
            taken = not name.startswith("_") and value is getattr(blocks, name, module)
            taken = taken and name not in noted.get("blocks", ())
            if taken and name in syllabus.exercise_names() and syllabus.unit_of(name).name != unit:
                found, _ = self.find(name)
                setattr(module, name, found)
                noted.setdefault("blocks" if found is value else syllabus.unit_of(name).name, []).append(name)


def describe_taken(unit: str, taken: dict[str, list[str]]) -> str:
    """One line on a notebook: from which of the student's units its parts come, and which parts are from `blocks`."""
    own = [name for name in syllabus.units() if name in taken]
    given = taken.get("blocks", [])
    parts = [f"with your parts from {', '.join(own)}"] * bool(own) + [f"from blocks: {', '.join(given)}"] * bool(given)
    return f"{unit:>30}: {'; '.join(parts)}"


EARLIER_WORK = EarlierWork(Path(".."))
