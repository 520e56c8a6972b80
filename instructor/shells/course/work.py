"""The student's own folder `work`: copies of the releases that are not there yet."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from instructor.authoring.changed_by_hand import NOBODYS, read_mark


def copy_releases(course: Path, work: Path) -> Iterator[str]:
    """Copy what is in no notebook yet from COURSE/assignments to `work`; says what it did. Nothing is overwritten."""
    for path in sorted((course / "assignments").rglob("*")):
        name = path.relative_to(course / "assignments")
        if not path.is_file() or any(part in NOBODYS or part.startswith(".") for part in name.parts):
            continue
        target = work / name
        if not os.path.lexists(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            yield f"new: {target}"
        elif read_mark(target) != read_mark(path):
            yield f"kept: {target}; {path} is another version, so copy over what you need"
