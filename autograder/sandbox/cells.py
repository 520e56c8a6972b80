"""Run the cells of a submission one by one; a cell that fails does not stop the next one."""

import linecache
import sys
import types
from typing import Any

from autograder.worker.border import Nothing

LONGEST_MESSAGE = 400


def new_notebook() -> dict[str, Any]:
    """Return a namespace that is the module `__main__`, with the names that a notebook always has."""
    module = types.ModuleType("__main__")
    module.__dict__.update(display=Nothing(), get_ipython=Nothing())
    sys.modules["__main__"] = module
    return module.__dict__


def run_cell(number: int, source: str, namespace: dict[str, Any]) -> dict[str, Any] | None:
    """Execute one cell; return None or what it raised, as `describe_error` puts it."""
    filename = f"<cell {number}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    try:
        exec(compile(source, filename, "exec", dont_inherit=True), namespace)
    except BaseException as error:  # whatever a cell raises, SystemExit included, is a value to us
        return describe_error(error)
    return None


def describe_error(error: BaseException) -> dict[str, Any]:
    """Say what was raised and on which line of the student's; `function` is where, or None at the top of a cell."""
    record = {"type": type(error).__name__, "message": _message(error), "cell": None, "line": None}
    if isinstance(error, SyntaxError) and str(error.filename).startswith("<cell "):
        record |= {"cell": error.filename[6:-1], "line": error.lineno}
    elif last := _last_in_a_cell(error.__traceback__):
        code = last.tb_frame.f_code
        record |= {"cell": code.co_filename[6:-1], "line": last.tb_lineno}
        record["function"] = code.co_name if code.co_name != "<module>" else None
    return record


def _last_in_a_cell(traceback: types.TracebackType | None) -> types.TracebackType | None:
    """The innermost entry of a traceback that is in student code. A traceback can be very long: none of it is kept."""
    last = None
    while traceback:
        last = traceback if traceback.tb_frame.f_code.co_filename.startswith("<cell ") else last
        traceback = traceback.tb_next
    return last


def _message(error: BaseException) -> str:
    try:
        message = error.msg if isinstance(error, SyntaxError) else error  # the place is told by itself
        return str(message)[:LONGEST_MESSAGE]
    except Exception:  # a student's exception may fail to print itself
        return ""
