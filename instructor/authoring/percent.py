"""Reads a lesson, a text in jupytext's percent format, into cells."""

from copy import deepcopy
from functools import lru_cache
from pathlib import Path

import jupytext
from nbformat import NotebookNode


def read_cells(lesson: Path) -> list[NotebookNode]:
    """The cells of a lesson, which are the caller's to change. The same text is parsed once: that takes long."""
    return deepcopy(_parse(lesson.read_text(encoding="utf-8")))


@lru_cache(maxsize=32)
def _parse(text: str) -> list[NotebookNode]:
    cells: list[NotebookNode] = jupytext.reads(text, fmt="py:percent").cells
    for cell in cells:
        cell.source = cell.source.lstrip("\n")  # the formatter puts two blank lines above a function
    return cells
