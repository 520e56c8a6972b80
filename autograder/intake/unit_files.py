"""The files that a unit's release holds beside its notebook, a text to learn from for one."""

from pathlib import Path

NOT_BESIDE = (".ipynb", ".pyc")


def read_unit_files(course: Path, unit: str) -> dict[str, bytes]:
    """The contents of a unit's files by their paths beside its notebook; links and hidden files are left out.

    `course` is the folder that holds the releases, in `assignments/`.
    """
    found = {}
    for folder in sorted((course / "assignments").glob(f"[0-9][0-9]_{unit}")):
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            hidden = any(part.startswith(".") for part in name.parts)
            if path.is_file() and not path.is_symlink() and not hidden and path.suffix not in NOT_BESIDE:
                found[name.as_posix()] = path.read_bytes()
    return found
