"""`autograder bundle`: what students get, as a folder and a zip, without a line of an answer.

README.md            one page: install, work, check, hand in
requirements.txt     every version
*.whl                the student's package: `autograder` without `instructor` and `transformer_ref`
work/NN_unit/        the notebooks to work in
AGENTS.md CLAUDE.md  what AI assistants may help with
"""

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

from instructor.authoring.lessons import find_lessons, find_stale, unit_name
from instructor.bundle.leaks import find_leaks
from instructor.bundle.notebooks import prepare_notebook
from instructor.bundle.requirements import list_requirements
from instructor.bundle.wheel import build_wheel

FILES = Path(__file__).with_name("files")
MOST_BYTES = 3_000_000
ZIPPED_AT = (1980, 1, 1, 0, 0, 0)  # so that the same course gives the same bytes


class BadBundle(Exception):
    """A bundle that must not be written; the message says why."""


def write_bundle(course: Path, target: Path, units: Sequence[str] = (), name: str = "") -> tuple[Path, Path]:
    """Write the folder `target` and the zip beside it, for all units or for some of them. Returns both.

    `name` is the course's name in the README. Raises BadBundle where `target` holds anything else than an older bundle,
    where the notebooks are not up to date, and where something in it would give an answer away.
    """
    lessons = _choose_lessons(course, units)
    if stale := [path for path in find_stale(course) if path.parts[0] == "assignments"]:
        raise BadBundle(f"{stale[0]} is not what the lesson says: run `autograder build` first")
    _make_room(target)
    wheel = build_wheel(course, target)
    for lesson in lessons:
        released = course / "assignments" / lesson.stem / f"{unit_name(lesson)}.ipynb"
        prepare_notebook(released, target / "work" / lesson.stem / released.name)
    (target / "requirements.txt").write_text(list_requirements(course, wheel.name), encoding="utf-8")
    for file in sorted(FILES.iterdir()):
        text = file.read_text(encoding="utf-8").replace("{course}", name or "Transformers from Scratch")
        (target / file.name.removesuffix(".txt")).write_text(text, encoding="utf-8")
    shutil.copy(course / "LICENSE", target / "LICENSE")
    if leaks := find_leaks(course, target):
        shutil.rmtree(target)
        raise BadBundle(f"nothing is written, because an answer would be in it: {leaks[0]}")
    return target, _zip(target)


def _choose_lessons(course: Path, units: Sequence[str]) -> list[Path]:
    lessons = find_lessons(course)
    known = {unit_name(lesson): lesson for lesson in lessons} | {lesson.stem: lesson for lesson in lessons}
    for unit in units:
        if unit not in known:
            raise BadBundle(f"there is no unit {unit!r}; there are {', '.join(map(unit_name, lessons))}")
    return [lesson for lesson in lessons if not units or lesson in {known[unit] for unit in units}]


def _make_room(target: Path) -> None:
    """Remove an older bundle; anything else is not ours to remove."""
    if target.exists() and any(target.iterdir()):
        if not (target / "work").is_dir() or not list(target.glob("*.whl")):
            raise BadBundle(f"{target} holds something that is no bundle: choose another folder")
        shutil.rmtree(target)
    target.mkdir(parents=True, exist_ok=True)


def _zip(folder: Path) -> Path:
    """Everything in one file; a folder's name comes first in it, as students expect when they unpack."""
    path = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                entry = zipfile.ZipInfo(f"{folder.name}/{file.relative_to(folder).as_posix()}", ZIPPED_AT)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(entry, file.read_bytes())
    return path
