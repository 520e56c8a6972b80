"""Run the cells of a submission one by one; a cell that fails does not stop the next one."""

import linecache
import sys
import types
from typing import Any

from autograder.protocol.errors import describe_error
from autograder.sandbox.imports import Nothing


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
