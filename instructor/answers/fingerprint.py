"""Whether a record still says what the code does: a digest of everything that it depends on."""

import ast
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
FILE = "fingerprints.json"
SHARED = (
    *("autograder/draw.py", "autograder/exercise.py", "autograder/protocol", "autograder/views"),
    *(
        "autograder/answers/sketch.py",
        "autograder/answers/views.py",
        "transformer_ref/in_numpy",
        "transformer_ref/in_torch",
    ),
)


def find_sources(unit: str) -> Iterator[Path]:
    """The files that decide what the reference and the misconceptions of a unit show on public inputs."""
    for name in SHARED:
        path = PROJECT / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]
    yield from sorted(_follow(PROJECT / "instructor" / "bank" / f"{unit}.py", set()))


def _follow(path: Path, found: set[Path]) -> set[Path]:
    """A file and all files of the instructor's package that it imports, directly or not."""
    if path in found:
        return found
    found.add(path)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("instructor."):
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                module = PROJECT.joinpath(*name.split("."))
                for file in (module.with_suffix(".py"), module / "__init__.py"):
                    if file.is_file():
                        _follow(file, found)
    return found


def fingerprint(unit: str) -> str:
    """A digest of these files."""
    digest = hashlib.sha256()
    for path in find_sources(unit):
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def read_fingerprints(folder: Path) -> dict[str, str]:
    """The fingerprint of each unit at the time when it was recorded."""
    path = folder / FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def find_fresh(folder: Path) -> list[str]:
    """The units whose records say what the code does."""
    return [unit for unit, was in read_fingerprints(folder).items() if fingerprint(unit) == was]
