"""What student code raised, as plain data: the type, the message, and the student's own line."""

import types
from collections.abc import Callable
from typing import Any

LONGEST_MESSAGE = 400
MOST_SHAPES, MOST_VARIABLES = 20, 200
CELL_FILE = "<cell "  # the file name under which a cell is compiled: "<cell 3>"
CellOf = Callable[[str], str | None]


def cell_of_file(filename: str) -> str | None:
    """The cell that was compiled under a file name, or None."""
    return filename[len(CELL_FILE) : -1] if filename.startswith(CELL_FILE) else None


def describe_error(error: BaseException, cell_of: CellOf = cell_of_file) -> dict[str, Any]:
    """Say what was raised and on which line of the student's; `function` is where, or None at the top of a cell.

    `cell_of` gives the cell that was compiled under a file name, or None.
    """
    record: dict[str, Any] = {"type": type(error).__name__, "message": _message(error), "cell": None, "line": None}
    if isinstance(error, SyntaxError) and cell_of(str(error.filename)) is not None:
        record |= {"cell": cell_of(str(error.filename)), "line": error.lineno}
    elif last := _last_in_a_cell(error.__traceback__, cell_of):
        code = last.tb_frame.f_code
        record |= {"cell": cell_of(code.co_filename), "line": last.tb_lineno}
        record["function"] = code.co_name if code.co_name != "<module>" else None
        record["shapes"] = _shapes(last.tb_frame)
    return record


def _shapes(frame: types.FrameType) -> dict[str, list[int]]:
    """The shapes of the arrays and tensors among the local variables, by name."""
    found = {name: _shape(value) for name, value in list(frame.f_locals.items())[:MOST_VARIABLES]}
    return dict(list((name, shape) for name, shape in found.items() if shape is not None)[:MOST_SHAPES])


def _shape(value: Any) -> list[int] | None:
    if type(value).__module__ not in ("numpy", "torch"):
        return None
    try:
        return [int(size) for size in value.shape]
    except Exception:  # a dtype has no shape, a nested tensor refuses, and a class may say that it is of NumPy
        return None


def _last_in_a_cell(traceback: types.TracebackType | None, cell_of: CellOf) -> types.TracebackType | None:
    """The innermost entry of a traceback that is in student code. A traceback can be very long: none of it is kept."""
    last = None
    while traceback:
        last = traceback if cell_of(traceback.tb_frame.f_code.co_filename) is not None else last
        traceback = traceback.tb_next
    return last


def _message(error: BaseException) -> str:
    try:
        message = error.msg if isinstance(error, SyntaxError) else error  # the line is reported separately
        return str(message)[:LONGEST_MESSAGE]
    except Exception:  # a student's exception may fail to print itself
        return ""
