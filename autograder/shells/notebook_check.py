"""`check("softmax")` in a student's notebook: quick, in the notebook's own process, with the public cases only."""

import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from functools import cache
from io import StringIO
from typing import Any

from autograder import syllabus
from autograder.answers import Answers
from autograder.answers.practice import PracticeAnswers
from autograder.execution.in_process import InProcess
from autograder.exercise import Exercise
from autograder.grading import grade
from autograder.intake.code import Code
from autograder.intake.magics import as_python
from autograder.intake.submission import Submission
from autograder.protocol.errors import cell_of_file
from autograder.shells import report
from autograder.verdict import Grade, Outcome


def check_here(name: str, namespace: Mapping[str, Any]) -> float | None:
    """Grade the exercise `name` in `namespace` and show the report; in a script, return the points as a plain float.

    Not isolated: it trusts the notebook that it runs in, and the course's own grade is made elsewhere. In a notebook
    nothing is returned, so that no `Out[4]: 2.0` follows the report, unless nbgrader validates it. Then a bonus
    returns 0: its cell has no points there, and nbgrader stops where a cell earns more than it has. Raises UnknownName.
    """
    try:
        cells = read_executed_cells()
        result = grade_here(name, namespace, cells)
    except KeyboardInterrupt:
        print(f"You stopped the check of {name}.")
        return None
    if note := _find_stale(name, cells):
        result = replace(result, notes=(*result.notes, note))
    show(report.render_plain(result), {"text/html": report.render_html(result)})
    if "NBGRADER_VALIDATING" in os.environ:
        return 0.0 if syllabus.exercise(name).bonus else float(result.score)
    return None if _shell() else float(result.score)


def grade_here(
    name: str, namespace: Mapping[str, Any], cells: Mapping[int, str], answers: Answers | None = None
) -> Grade:
    """Grade the exercise `name` on its public inputs in this very process. Raises UnknownName.

    What a first, quick run finds wrong needs no closer look. What it finds right is run once more under the whole watch
    on ready-made answers, as a grade is.
    """
    submission = Submission("this notebook", "", cells, is_notebook=True)
    with redirect_stdout(StringIO()):
        answers = answers or (PracticeAnswers() if is_practice(name) else _answers())
        for quickly in (True, False) if syllabus.exercise(name).library == "torch" else (False,):
            *_, result = grade(submission, _with_tested(name), InProcess(namespace, _cell_of, quickly=quickly), answers)
            if result.outcome is not Outcome.PASSED:
                break
    _LAST[name] = namespace.get(name), result
    return result


def _with_tested(name: str) -> list[Exercise]:
    """An exercise, and before one that asks for a test the exercise that is tested: it has to be right first."""
    exercise = syllabus.exercise(name)
    return [*([syllabus.exercise(exercise.tests)] if exercise.tests else []), exercise]


def _find_stale(name: str, cells: Mapping[int, str]) -> str:
    """A note where the newest cell of an exercise is not Python: what was checked is then an older version."""
    code = Code(cells)
    newest = next((number for number in sorted(cells, reverse=True) if code.should_define(number, name)), None)
    if newest is None or code.statements[newest]:
        return ""
    return (
        f"Python could not read the cell of {name} that you ran last (its error is below that cell), "
        "so this is not about what is written there."
    )


def is_practice(name: str) -> bool:
    """Whether an exercise is that of unit 0, which has no points. Raises UnknownName."""
    return syllabus.unit_of(name) is syllabus.PRACTICE


def last_grade(name: str, namespace: Mapping[str, Any]) -> Grade:
    """The grade of what has this name now: that of the last check, if nothing else has it since."""
    checked, result = _LAST.get(name, (None, None))
    if result is None or checked is not namespace.get(name):
        result = grade_here(name, namespace, read_executed_cells())
    return result


def did_not_end(name: str, namespace: Mapping[str, Any]) -> bool:
    """Whether the last check of what has this name now was stopped by its limit; False where it was not checked."""
    checked, result = _LAST.get(name, (None, None))
    return result is not None and checked is namespace.get(name) and result.outcome is Outcome.TIMED_OUT


_LAST: dict[str, tuple[Any, Grade]] = {}


@cache
def _answers() -> Answers:
    """Kept from one check to the next: the second check of an exercise is quicker."""
    answers: Answers = syllabus.source().answers()
    return answers


def _cell_of(filename: str) -> str | None:
    """The execution count of the cell that was compiled under a file name, by IPython or by us."""
    describe = getattr(getattr(_shell(), "compile", None), "format_code_name", None)
    _, name = (describe and describe(filename)) or ("", "")
    return name.removeprefix("In[").removesuffix("]") or cell_of_file(filename)


def read_executed_cells() -> dict[int, str]:
    """The cells that this notebook has executed, by execution count; none outside a notebook.

    IPython has made Python of them, but for what is below a cell magic.
    """
    shell = _shell()
    inputs = shell.user_ns.get("In", []) if shell else []
    return {number: as_python(source) for number, source in enumerate(inputs) if source}


def show(plain: str, rich: Mapping[str, str]) -> None:
    """Show something in a notebook, or else print it. `rich` is the same in other forms, by MIME type."""
    if _shell() is None:
        print(plain)
        return
    from IPython.display import display

    display({**rich, "text/plain": plain}, raw=True)


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
