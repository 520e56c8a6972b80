"""Files of `02_attention` in which a few cells are as in a file of `cells/`, and all else is right."""

import copy
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from demo.classroom import submission

FOLDER = Path(__file__).with_name("cells")
PROJECT = FOLDER.parent.parent
PARTS = re.compile(r"^# ---- (code|markdown) cell\n", re.MULTILINE)
IMPORTS = "import math\n\nimport numpy as np\nimport torch\n"
PYTHON = {"70_colab_py": IMPORTS, "71_spyder_cells": "#%%", "72_percent_cells": "# %%", "75_nbconvert_script": IMPORTS}


def write_file(name: str, folder: Path) -> Path:
    """What a student hands in who works as in a file of `cells/`."""
    if name == "47_nbformat_3":
        return _write(folder / "attention.ipynb", (FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    if name in PYTHON:
        return _write(folder / "attention.py", complete_python(name, text))
    return _write(folder / "attention.ipynb", json.dumps(changed_notebook(text)))


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@cache
def _right() -> Any:
    source, release = (
        nbformat.read(PROJECT / folder / "02_attention" / "attention.ipynb", as_version=4)
        for folder in ("solutions", "assignments")
    )
    return submission(source, release, {})


def right_notebook() -> Any:
    """A notebook of the unit that gets full marks."""
    return copy.deepcopy(_right())


def changed_notebook(text: str) -> Any:
    """A right notebook with the cells of a file, each in the place of the one that it stands for.

    That is the cell with the imports, the solution that defines the same name, or a written answer. A cell that stands
    for none comes first or, where it needs the others, last.
    """
    notebook = right_notebook()
    written = [cell for cell in notebook.cells if _grade_id(cell).startswith("question")]
    first: list[Any] = []
    pieces = PARTS.split(text)
    for kind, source in zip(pieces[1::2], pieces[2::2], strict=True):
        source = source.rstrip("\n")
        if place := written.pop(0) if kind == "markdown" and written else _place_of(notebook, source):
            place.source = source
            continue
        make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        (notebook.cells if re.search(r"softmax|^from torch import \*", source) else first).append(make(source))
    notebook.cells[:0] = first
    return notebook


def _grade_id(cell: Any) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _place_of(notebook: Any, source: str) -> Any:
    if "import numpy as np\nimport torch\n" in source:
        return notebook.cells[1]
    names = re.findall(r"^(?:>>>)?\s*(?:def|class) (\w+)", source, re.MULTILINE)
    found = {_grade_id(cell): cell for cell in notebook.cells}
    return next((found[f"{name}-solution"] for name in names if f"{name}-solution" in found), None)


def complete_python(name: str, head: str) -> str:
    """A Python file that begins as a file of `cells/` does, whose last cell is cut off: with all that follows."""
    cut = head.rindex(PYTHON[name])
    first = re.search(r"^(?:def|class) \w+|^import \w+", head[cut:], re.MULTILINE)
    assert first
    cells = right_notebook().cells
    begin = next(n for n, cell in enumerate(cells) if cell.source.startswith(first[0]))
    return head[:cut] + "\n".join(_as_python(cell, name) for cell in cells[begin:])


def _as_python(cell: Any, name: str) -> str:
    """A cell as the tools write it."""
    is_code = cell.cell_type == "code"
    if name.startswith("70"):
        return cell.source + "\n" if is_code else f'"""{cell.source}"""\n'
    comments = re.sub(r"^", "# ", cell.source, flags=re.MULTILINE)
    mark = "\n# In[ ]:\n\n" if name.startswith("75") else PYTHON[name]
    return f"{mark}\n{cell.source}\n" if is_code else comments + "\n"
