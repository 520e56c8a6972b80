"""Whether somebody has written in a release, which no build writes over: each release knows what it was built as."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

RELEASE = "release"  # the key in the notebook's metadata, under "autograder"
RELEASED = "released"  # the key in a cell's metadata, under "autograder": its text in the release
NOBODYS = (".ipynb_checkpoints", "__pycache__")


class ChangedByHand(Exception):
    """A file in `assignments/` that a build would write over, and that holds somebody's work; the message names it."""


def open_cells(notebook: NotebookNode) -> NotebookNode:
    """Put into the cells of a release what they are there, where the source says so: a guess that is still open."""
    for cell in notebook.cells:
        if RELEASED in cell.metadata.get("autograder", {}):
            cell.source = cell.metadata.pop("autograder")[RELEASED]
    return notebook


def fingerprint(cells: Iterable[dict[str, Any]]) -> str:
    """What stands for the cells of a notebook as they are written; what running them leaves does not count."""
    told = [[cell["cell_type"], _text(cell["source"]), _read_attachments(cell)] for cell in cells]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _read_attachments(cell: dict[str, Any]) -> dict[str, dict[str, str]]:
    attachments: dict[str, Any] = cell.get("attachments") or {}
    return {name: {kind: _text(data) for kind, data in forms.items()} for name, forms in attachments.items()}


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def read_mark(path: Path) -> str:
    """What a notebook was built as; empty where it does not say, or is no notebook."""
    try:
        mark = json.loads(path.read_bytes())["metadata"]["autograder"][RELEASE]
        return mark if isinstance(mark, str) else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def is_as_built(path: Path) -> bool:
    """Whether nobody has written in a release since it was built."""
    try:
        return read_mark(path) == fingerprint(json.loads(path.read_bytes())["cells"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def refuse_to_overwrite(paths: Iterable[Path], course: Path) -> None:
    """Raise ChangedByHand where one of these files is there, and is not as it was built."""
    changed = [path.relative_to(course).as_posix() for path in paths if path.exists() and not is_as_built(path)]
    if changed:
        raise ChangedByHand(
            f"{', '.join(changed)} {'was' if len(changed) == 1 else 'were'} changed by hand, and would be overwritten: "
            "move your work into work/, or delete it there, and try again"
        )


def find_work(folder: Path, source: Path) -> Iterator[Path]:
    """What somebody has put into a release's folder, or changed in it. `source` is the folder that it is made from."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_dir() or any(part.startswith(".") or part in NOBODYS for part in name.parts):
            continue
        origin = source / name
        if path.suffix == ".ipynb" and origin.is_file() and not path.is_symlink():
            if not is_as_built(path):
                yield path
        elif not origin.is_file() or origin.read_bytes() != path.read_bytes():
            yield path
