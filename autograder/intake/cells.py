"""Cells: which are code, which need not run for a grade, and what is Python in them."""

import ast
import hashlib
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from autograder.intake.code import defines_something, parse_statements

MAGIC = re.compile(r"^\s*[%!]|^\s*\?|\?\s*$")
CELL = re.compile(r"# %%|# In\[[\d ]*\]:")
CHECK = re.compile(r"\s*check\(")


def split_cells(text: str) -> dict[int, str]:
    """The cells of a Python file by their first line; `# %%` or `# In[3]:` starts one, and comments alone are none."""
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines) if CELL.match(line)]
    bounds = [*dict.fromkeys([0, *starts]), len(lines)]
    cells = {start + 1: "\n".join(lines[start:end]) for start, end in pairwise(bounds)}
    return {start: source for start, source in cells.items() if not _only_comments(source)}


def is_code(cell: Mapping[str, Any]) -> bool:
    """Whether a cell is code: also a solution cell that was turned into text and still defines something."""
    if cell.get("cell_type") == "code":
        return True
    return bool(nbgrader_metadata(cell).get("solution")) and defines_something(parse_statements(read_source(cell)))


def read_source(cell: Mapping[str, Any]) -> str:
    """The text of a cell, whose lines may be in a list."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def own_metadata(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """What we have noted about a notebook or a cell."""
    return _mapping(_mapping(holder.get("metadata")).get("autograder"))


def nbgrader_metadata(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """What nbgrader has noted about a cell."""
    return _mapping(_mapping(cell.get("metadata")).get("nbgrader"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def is_test(cell: Mapping[str, Any]) -> bool:
    """Whether a cell is a test cell: it checks and holds no code of a student's."""
    tags = nbgrader_metadata(cell)
    return bool(tags.get("grade")) and not tags.get("solution") and CHECK.match(read_source(cell)) is not None


def experiment_mark(source: str) -> str:
    """The mark by which an experiment cell is known to be as it was released: it need not run for a grade."""
    return hashlib.sha256(source.strip().encode()).hexdigest()[:16]


def is_untouched_experiment(cell: Mapping[str, Any]) -> bool:
    """Whether a cell is an experiment that is as it was released."""
    return own_metadata(cell).get("experiment") == experiment_mark(read_source(cell))


def strip_magics(source: str) -> str:
    """Return a cell as Python: where it is none, lines with IPython's magics are taken out."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        lines = source.split("\n")
        if lines[0].startswith("%%") and not re.match(r"%%(time|timeit|capture)\b", lines[0]):
            return ""
        return "\n".join(re.sub(r"\S.*", "pass", line) if MAGIC.search(line) else line for line in lines)
    return source


def _only_comments(source: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in source.splitlines())
