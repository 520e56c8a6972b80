"""Whether a record or a grade still says what the code does: a digest of everything that it depends on."""

import hashlib
import json
import os
import platform
import re
import time
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autograder import syllabus
from instructor.answers import failing

PROJECT = Path(__file__).resolve().parents[2]
FILE = "fingerprints.json"
SHARED = (
    *("autograder/random_inputs.py", "autograder/exercise.py", "autograder/protocol", "autograder/views"),
    *(
        "autograder/answers/sketch.py",
        "autograder/answers/views.py",
        "transformer_ref/in_numpy",
        "transformer_ref/in_torch",
    ),
)

GRADER = (
    *("autograder/grading.py", "autograder/plan.py", "autograder/evidence.py", "autograder/verdict.py"),
    *("autograder/syllabus.py", "autograder/secret.py", "autograder/student/blocks.py"),
    *("autograder/intake", "autograder/execution", "autograder/sandbox", "autograder/judging", "autograder/answers"),
    "instructor/answers",
)
LIBRARIES = ("numpy", "torch", "einops")
LOADED = time.time()
WORD = re.compile(r"\w+")
IMPORT = re.compile(r"^[ \t]*from (instructor\.[\w.]+) import (\([^)]*\)|.*)", re.MULTILINE)


def find_sources(unit: str) -> Iterator[Path]:
    """The files that decide what the reference and the misconceptions of a unit show on public inputs."""
    yield from _find_files(SHARED)
    yield from sorted(_follow(PROJECT / "instructor" / "bank" / f"{unit}.py", set()))


def _find_files(names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        path = PROJECT / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _follow(path: Path, found: set[Path]) -> set[Path]:
    """A file and all files of the instructor's package that it imports, directly or not."""
    if path in found:
        return found
    found.add(path)
    for name in _find_imported(path):
        module = PROJECT.joinpath(*name.split("."))
        for file in (module.with_suffix(".py"), module / "__init__.py"):
            if file.is_file():
                _follow(file, found)
    return found


@cache
def _find_imported(path: Path) -> list[str]:
    """What a file imports of the instructor's package: modules, and names in them, which may be modules.

    To parse all files of a unit would take most of a check's time.
    """
    imported = IMPORT.findall(path.read_text(encoding="utf-8"))
    return [found for module, names in imported for found in (module, *(f"{module}.{n}" for n in WORD.findall(names)))]


def fingerprint(unit: str) -> str:
    """A digest of these files."""
    return _digest(find_sources(unit))


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


@cache
def version_of_checks(unit: str) -> str:
    """A digest of all that decides which grade a submission of a unit gets, but for the submission and the secret.

    It changes with the unit's checks, misconceptions and reference, with the grader and with the libraries, and not
    with the checks of a unit that this one does not use. A process that was started before such a file was changed,
    as a server may have been, works with the older code: its version is its own.
    """
    files = [*find_sources(unit), *_find_files(GRADER), PROJECT / "autograder" / "intake" / "exports.json"]
    marks = {exercise.name: failing.recorded().get(exercise.name) for exercise in syllabus.units()[unit].exercises}
    parts = (
        _digest(files),
        hashlib.sha256(json.dumps(marks).encode()).hexdigest(),
        platform.python_version(),
        *map(_version_of, LIBRARIES),
        f"{os.getpid()}" if any(path.stat().st_mtime > LOADED for path in files) else "",
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _version_of(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def read_fingerprints(folder: Path) -> dict[str, str]:
    """The fingerprint of each unit at the time when it was recorded."""
    path = folder / FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


@cache
def is_fresh(unit: str, folder: Path) -> bool:
    """Whether the record of a unit says what the code did when this process first asked."""
    return read_fingerprints(folder).get(unit) == fingerprint(unit)


def find_fresh(folder: Path) -> list[str]:
    """The units whose records say what the code does."""
    return [unit for unit, was in read_fingerprints(folder).items() if fingerprint(unit) == was]
