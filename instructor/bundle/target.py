"""The folder that a bundle is written to. What is not a bundle's stays as it is, and work in it is never lost."""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from instructor.authoring.changed_by_hand import fingerprint

WHEEL = "transformers_from_scratch-*.whl"
PACKED = "autograder/releases/"  # where the wheel has the notebooks as they were handed out
ZIPPED_AT = (1980, 1, 1, 0, 0, 0)  # so that the same course gives the same bytes


class BadBundle(Exception):
    """A bundle that must not be written; the message says why."""


def refuse_what_is_no_bundle(target: Path) -> None:
    """Raise BadBundle where the folder, or the zip beside it, is there and is something else."""
    entries = [entry.name for entry in target.iterdir()] if target.exists() else []
    if set(entries) - {".git"} and not list(target.glob(WHEEL)):
        raise BadBundle(f"{target} holds something that is no bundle: choose another folder")
    archive = _archive_of(target)
    if archive.exists() and not _is_bundle(archive):
        raise BadBundle(f"{archive} is there and is no bundle: choose another folder, or move that file away")


def _is_bundle(archive: Path) -> bool:
    try:
        with zipfile.ZipFile(archive) as packed:
            return any(Path(name).match(WHEEL) for name in packed.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def find_work(target: Path) -> Iterator[Path]:
    """The notebooks of an older bundle in which somebody has written; what running them leaves does not count."""
    for name, packed in _read_releases(target):
        path = target / "work" / name
        if path.is_file() and _fingerprint(path.read_bytes()) != _fingerprint(packed):
            yield path


def _read_releases(target: Path) -> Iterator[tuple[str, bytes]]:
    for wheel in target.glob(WHEEL):
        with zipfile.ZipFile(wheel) as packed:
            for name in packed.namelist():
                if name.startswith(PACKED):
                    yield name.removeprefix(PACKED), packed.read(name)


def _fingerprint(notebook: bytes) -> str:
    try:
        return fingerprint(json.loads(notebook)["cells"])
    except (ValueError, KeyError, TypeError):
        return ""


def lay_down(made: Path, target: Path) -> None:
    """Put what was made into the folder, in place of the older bundle."""
    old = [*target.glob(WHEEL), *(target / "work" / name for name, _ in _read_releases(target))]
    for path in old:
        path.unlink(missing_ok=True)
    for file in _list_files(made):
        place = target / file.relative_to(made)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    for folder in {path.parent for path in old}:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def write_zip(made: Path, target: Path) -> Path:
    """Everything that was made in one file beside the folder; its name comes first, as people expect who unpack."""
    path = _archive_of(target)
    part = made.with_name(f"{target.name}.zip")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in _list_files(made):
            entry = zipfile.ZipInfo(f"{target.name}/{file.relative_to(made).as_posix()}", ZIPPED_AT)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, file.read_bytes())
    os.replace(part, path)
    return path


def _archive_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.zip")


def _list_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
