"""Open a file that a student handed in: bytes, then text, then a list of cells. Nothing in it is trusted."""

import json
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.intake.pictures import check_pictures, without_pictures
from autograder.intake.printable import printable

LARGEST_FILE = 32 << 20
LARGEST_CODE = 128 << 10
LARGEST_TEXT = 4 << 20
MOST_CELLS = 2000
MOST_CONTAINERS = 1_000_000
DEEPEST = 100
PYTHON = ("", "python", "python2", "python3", "ipython", "ipython3")
MARKS = (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")
JSON_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
NOT_TEXT = re.compile("[\0\ud800-\udfff]")
UNREADABLE_CELL = "# this cell could not be read: its source is not text"


class BadSubmission(Exception):
    """A file that cannot be graded; the message is one sentence that says why, and what to do."""


def is_notebook(path: Path) -> bool:
    """Whether the name is a notebook's; browsers and editors like to add .txt or .json to it."""
    return re.search(r"\.ipynb(\.txt|\.json)?$", path.name, re.IGNORECASE) is not None


def is_python(path: Path) -> bool:
    """Whether the name is a Python file's."""
    return path.suffix.lower() == ".py"


def read_text(path: Path) -> str:
    """Return the text of a plain file, whatever its encoding, with \\n at line ends. Raises BadSubmission.

    Links are not followed, and nothing but a plain file of a reasonable size is read.
    """
    text = _decode(_read_bytes(path), path)
    if not text.strip():
        raise BadSubmission(f"{printable(path)} is empty: save your work and hand it in again")
    return NOT_TEXT.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def read_notebook(path: Path) -> dict[str, Any]:
    """Return a notebook of format 4 whose cells have a type, a source of text, and a mapping as metadata.

    Older formats and damaged cells are repaired. Raises BadSubmission.
    """
    notebook = _parse(read_text(path), path)
    if "cells" not in notebook and isinstance(notebook.get("worksheets"), list):
        notebook = notebook | {"cells": _upgrade(notebook["worksheets"], path)}
    if not isinstance(notebook.get("cells"), list):
        raise BadSubmission(f"{printable(path)} is not a notebook: it has no list of cells; save it anew with Jupyter")
    if len(notebook["cells"]) > MOST_CELLS:
        raise BadSubmission(
            f"{printable(path)} has {len(notebook['cells'])} cells; a submission has at most {MOST_CELLS}"
        )
    cells = [_repair_cell(cell) for cell in notebook["cells"]]
    metadata = notebook.get("metadata")
    notebook = {"metadata": metadata if isinstance(metadata, dict) else {}, "cells": cells}
    _require_size([cell["source"] for cell in cells if _may_be_code(cell)], LARGEST_CODE, "code", path)
    _require_size([without_pictures(cell["source"]) for cell in cells], LARGEST_TEXT, "text", path)
    _require_python(notebook, path)
    return notebook


def read_python(path: Path) -> str:
    """Return the text of a Python file. Raises BadSubmission."""
    text = read_text(path)
    _require_size([text], LARGEST_CODE, "code", path)
    return text


def _read_bytes(path: Path) -> bytes:
    try:
        _require_plain(path.lstat().st_mode, path)
        descriptor = os.open(path, os.O_RDONLY | _flag("O_NOFOLLOW") | _flag("O_NONBLOCK") | _flag("O_BINARY"))
        with os.fdopen(descriptor, "rb") as file:
            opened = os.fstat(descriptor)
            _require_plain(opened.st_mode, path)
            if opened.st_size > LARGEST_FILE:
                raise BadSubmission(
                    f"{printable(path)} has {opened.st_size >> 20} MiB; a submission has at most {LARGEST_FILE >> 20}: "
                    "clear the outputs and hand it in again"
                )
            return file.read(LARGEST_FILE)
    except FileNotFoundError as error:
        raise BadSubmission(f"{printable(path)}: there is no such file") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be used"
        raise BadSubmission(f"{printable(path)} cannot be opened: {reason}") from error


def _require_plain(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):
        raise BadSubmission(f"{printable(path)} is {kind_of_file(mode)}, not a file: hand in the notebook itself")


def _flag(name: str) -> int:
    return getattr(os, name, 0)


def kind_of_file(mode: int) -> str:
    """What a file's mode says it is, in words."""
    kinds = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    return "a file" if stat.S_ISREG(mode) else kinds.get(stat.S_IFMT(mode), "a device")


def _decode(data: bytes, path: Path) -> str:
    """UTF-8, or UTF-16 or UTF-32 with its mark; a byte that is not UTF-8 is read as Latin-1."""
    encoding = next((encoding for mark, encoding in MARKS if data.startswith(mark)), None)
    if encoding is None and b"\0" in data[:2]:
        encoding = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    if encoding:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            encoding = None
    if b"\0" in data[:1024]:
        raise BadSubmission(f"{printable(path)} is not text: hand in the notebook itself, not an archive or a document")
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    return re.sub("[\udc80-\udcff]", lambda byte: chr(ord(byte[0]) - 0xDC00), text)


def _parse(text: str, path: Path) -> dict[str, Any]:
    depth = containers = 0
    for token in JSON_TOKEN.finditer(text):
        if token[0] in "[{":
            depth, containers = depth + 1, containers + 1
            if depth > DEEPEST or containers > MOST_CONTAINERS:
                raise BadSubmission(f"{printable(path)} is not a notebook: its JSON is nested too deeply, or too long")
        elif token[0] in "]}":
            depth -= 1
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = printable(str(error)[:80])
        raise BadSubmission(
            f"{printable(path)} is not a notebook: its JSON is broken ({reason}); save it anew with Jupyter"
        ) from error
    if not isinstance(notebook, dict):
        raise BadSubmission(f"{printable(path)} is not a notebook: it has no list of cells; save it anew with Jupyter")
    return notebook


def _upgrade(worksheets: list[Any], path: Path) -> list[Any]:
    """The cells of a notebook of format 3 or 2 as format 4 has them: what counts of them, without outputs."""
    lists = [sheet["cells"] for sheet in worksheets if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)]
    if not lists:
        raise BadSubmission(
            f"{printable(path)} is in an old notebook format that cannot be converted: save it anew with Jupyter"
        )
    return [_upgrade_cell(cell) for cells in lists for cell in cells]


def _upgrade_cell(cell: Any) -> Any:
    kind = cell.get("cell_type") if isinstance(cell, dict) else ""
    if kind == "code":
        return {**cell, "source": cell.get("input", "")}
    if kind == "heading":
        level = cell.get("level") if cell.get("level") in range(1, 7) else 1
        return {**cell, "cell_type": "markdown", "source": f"{'#' * level} {_read_source(cell.get('source', ''))}"}
    return {**cell, "cell_type": "markdown"} if kind == "text" else cell


def _repair_cell(cell: Any) -> dict[str, Any]:
    """A cell of which the type, the source and the two kinds of metadata that count are what they should be."""
    cell = cell if isinstance(cell, dict) else {"source": None}
    metadata = cell.get("metadata") if isinstance(cell.get("metadata"), dict) else {}
    tags = {key: dict(metadata[key]) for key in ("nbgrader", "autograder") if isinstance(metadata.get(key), dict)}
    type_ = cell.get("cell_type") if cell.get("cell_type") in ("code", "markdown") else "raw"
    repaired = {"cell_type": type_, "source": _read_source(cell.get("source", "")), "metadata": tags}
    pictures = check_pictures(cell.get("attachments")) if type_ == "markdown" else {}
    return repaired | ({"attachments": pictures} if pictures else {})


def _read_source(source: Any) -> str:
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return NOT_TEXT.sub("\ufffd", source) if isinstance(source, str) else UNREADABLE_CELL


def _may_be_code(cell: Mapping[str, Any]) -> bool:
    return cell["cell_type"] == "code" or bool(cell["metadata"].get("nbgrader", {}).get("solution"))


def _require_size(sources: list[str], largest: int, what: str, path: Path) -> None:
    size = sum(map(len, sources))
    if size > largest:
        raise BadSubmission(
            f"{printable(path)} has {size >> 10} KiB of {what}; a submission has at most {largest >> 10}: "
            "take out what is not your own work"
        )


def _require_python(notebook: Mapping[str, Any], path: Path) -> None:
    """A notebook whose kernel is for another language is still one of Python where it has Python's definitions."""
    language = _find_language(notebook["metadata"])
    code = (cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code")
    if language.lower() not in PYTHON and not any(re.search(r"^(def|class)\s.*:", c, re.MULTILINE) for c in code):
        raise BadSubmission(
            f"{printable(path)} is a notebook for {printable(language)[:40]}: "
            "this course is in Python; start from its release"
        )


def _find_language(metadata: Mapping[str, Any]) -> str:
    for holder, key in (("language_info", "name"), ("kernelspec", "language"), ("kernelspec", "name")):
        value = metadata.get(holder)
        language = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(language, str):
            return language
    return ""
