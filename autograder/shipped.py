"""The files that a unit ships beside its notebook, a text to learn from for one: each submission has a copy."""

from functools import cache
from pathlib import Path

RELEASES = Path(__file__).resolve().parent.parent / "assignments"
NOT_SHIPPED = (".ipynb", ".pyc")


@cache
def files_of(unit: str, releases: Path = RELEASES) -> dict[str, bytes]:
    """The contents of a unit's files, by their paths beside its notebook; links are left out."""
    found = {}
    for folder in sorted(releases.glob(f"[0-9][0-9]_{unit}")):
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            hidden = any(part.startswith(".") for part in name.parts)
            if path.is_file() and not path.is_symlink() and not hidden and path.suffix not in NOT_SHIPPED:
                found[name.as_posix()] = path.read_bytes()
    return found
