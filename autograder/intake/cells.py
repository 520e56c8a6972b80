"""Cells: which are code, which need not run for a grade, and what is Python in them."""

import hashlib
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from autograder.intake import colab
from autograder.intake.code import defines_something, parse_statements

CELL = re.compile(r"#[ \t]*(?:%%|In\[[\d *]*\]:|<codecell>)|# COMMAND -----")
CHECK = re.compile(r"\s*check\(")


def split_cells(text: str) -> dict[int, str]:
    """The cells of a Python file by their first line; comments alone are none.

    `# %%`, `#%%`, `# In[3]:` and the like start one. Colab's downloads have no such marks: see `colab`.
    """
    text, starts = colab.split(text) if colab.is_download(text) else (text, None)
    lines = text.split("\n")
    if starts is None:
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


def _only_comments(source: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in source.splitlines())
