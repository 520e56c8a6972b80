"""Read what a student handed in, a notebook or a Python file, as a list of cells. A submission file is data too."""

import ast
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from autograder import bank

LARGEST_FILE = 32 << 20
MAGIC = re.compile(r"^\s*[%!]|^\s*\?|\?\s*$")


class BadSubmission(Exception):
    """A file that cannot be graded; the message is one sentence that says why."""


@dataclass(frozen=True)
class Submission:
    """What is graded: Python cells by number (a notebook's first cell is 1; a Python file's are its line numbers)."""

    path: str
    unit: str
    cells: Mapping[int, str]
    is_notebook: bool

    def place(self, error: Mapping[str, Any]) -> str:
        """Say where an error is: "cell 4, line 2", or "line 31" in a Python file, or nothing where it is not known."""
        if error.get("cell") is None or error.get("line") is None:
            return ""
        return f"cell {error['cell']}, line {error['line']}" if self.is_notebook else f"line {error['line']}"


def read(path: str | Path) -> Submission:
    """Read a notebook or a Python file. Raises BadSubmission."""
    path = Path(path)
    if path.is_dir():
        raise BadSubmission(f"{path} is a folder, not a notebook or a Python file")
    if not path.exists():
        raise BadSubmission(f"{path}: there is no such file")
    if path.suffix not in (".ipynb", ".py"):
        raise BadSubmission(f"{path} is neither a notebook (.ipynb) nor a Python file (.py)")
    if path.stat().st_size > LARGEST_FILE:
        raise BadSubmission(
            f"{path} has {path.stat().st_size >> 20} MiB; a submission has at most {LARGEST_FILE >> 20}"
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadSubmission(f"{path} is not text in UTF-8") from error
    if not text.strip():
        raise BadSubmission(f"{path} is empty")
    return from_notebook(_parsed(path, text), str(path)) if path.suffix == ".ipynb" else _from_python(path, text)


def from_notebook(notebook: Mapping[str, Any], path: str) -> Submission:
    """Take the cells to run from a notebook: the student's code, without tests and without untouched experiments."""
    code = {n: c for n, c in enumerate(notebook["cells"], 1) if c.get("cell_type") == "code"}
    cells = {n: _python(_source(c)) for n, c in code.items() if not _is_test(c) and not _is_untouched_experiment(c)}
    unit = _own_metadata(notebook).get("unit") or _unit_by_names(cells)
    if unit is None:
        raise BadSubmission(f"{path} is not a notebook of this course: it has no solution cell and defines no exercise")
    _require_known(unit, path)
    if not any(_nbgrader(c).get("solution") for c in code.values()) and _unit_by_names(cells) != unit:
        raise BadSubmission(f"{path} has no solution cell of the unit {unit}: they are gone, or were never there")
    return Submission(path, unit, cells, is_notebook=True)


def _from_python(path: Path, text: str) -> Submission:
    lines = text.splitlines(keepends=True)
    starts = [n for n, line in enumerate(lines) if line.startswith("# %%")]
    bounds = [*dict.fromkeys([0, *starts]), len(lines)]
    cells = {}
    for start, end in pairwise(bounds):
        source = "".join(lines[start:end])
        if not _only_comments(source):
            cells[start + 1] = "\n" * start + _python(source)
    unit = _unit_by_names(cells)
    if unit is None:
        raise BadSubmission(f"{path} defines no exercise of this course; its units are {', '.join(bank.units())}")
    return Submission(str(path), unit, cells, is_notebook=False)


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadSubmission(f"{path} is not a notebook: its JSON is broken ({str(error)[:80]})") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise BadSubmission(f"{path} is not a notebook: it has no list of cells (format 4 is asked for)")
    if not all(isinstance(cell, dict) and _has_source(cell) for cell in notebook["cells"]):
        raise BadSubmission(f"{path} is not a notebook: one of its cells has no source")
    return notebook


def _has_source(cell: Mapping[str, Any]) -> bool:
    source = cell.get("source", "")
    return isinstance(source, str) or (isinstance(source, list) and all(isinstance(line, str) for line in source))


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _own_metadata(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(_mapping(holder.get("metadata")).get("autograder"))


def _nbgrader(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(_mapping(cell.get("metadata")).get("nbgrader"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_test(cell: Mapping[str, Any]) -> bool:
    return bool(_nbgrader(cell).get("grade")) and not _nbgrader(cell).get("solution")


def experiment_mark(source: str) -> str:
    """The mark by which an experiment cell is known to be as it was released: it need not run for a grade."""
    return hashlib.sha256(source.strip().encode()).hexdigest()[:16]


def _is_untouched_experiment(cell: Mapping[str, Any]) -> bool:
    return _own_metadata(cell).get("experiment") == experiment_mark(_source(cell))


def _python(source: str) -> str:
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


def bound_names(statement: ast.stmt) -> set[str]:
    """The names that one statement at the top of a cell binds."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.split(".")[0] for alias in statement.names}
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


@lru_cache(maxsize=1024)
def statements(source: str) -> list[ast.stmt]:
    """The statements of a cell; none where it is not Python."""
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def should_define(source: str, name: str) -> bool:
    """Whether a cell defines `name`, not only imports it; or looks as if it should, where it is not Python."""
    body = statements(source)
    if body:
        own = (statement for statement in body if not isinstance(statement, (ast.Import, ast.ImportFrom)))
        return any(name in bound_names(statement) for statement in own)
    return re.search(rf"\b(def|class)\s+{re.escape(name)}\b", source) is not None


def replaced_in(cells: Mapping[int, str], name: str) -> int | None:
    """The number of the cell whose import binds `name` after a definition did; None where that is not so."""
    defined, replaced = False, None
    for number in sorted(cells):
        for statement in statements(cells[number]):
            if name in bound_names(statement):
                is_import = isinstance(statement, (ast.Import, ast.ImportFrom))
                replaced = number if is_import and defined else None
                defined = defined or not is_import
    return replaced


def _unit_by_names(cells: Mapping[int, str]) -> str | None:
    counts = {
        unit.name: sum(any(should_define(c, e.name) for c in cells.values()) for e in unit.exercises)
        for unit in bank.units().values()
    }
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else None


def _require_known(unit: Any, path: str) -> None:
    if unit not in list(bank.units()):
        raise BadSubmission(f"{path} belongs to the unit {unit!r}; this course has {', '.join(bank.units())}")
