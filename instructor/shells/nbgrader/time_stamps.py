"""The time at which something was handed in: what nbgrader can read counts, in whatever form it was written."""

import re
from pathlib import Path

from nbgrader.utils import parse_utc

LARGEST = 200  # in bytes
# No path may stand there: nbgrader opens the file that a time zone names.
PART = r"(?:[\w:.,+() -]|(?<=\d)/(?=\d))*?"
TIME = re.compile(rf"{PART}(?:19|20|21)\d\d{PART}(?: [A-Z][A-Za-z]+/[A-Z]\w+)?")
OFFSET = re.compile(r"(\S+) (\S+) ([+-]\d\d:?\d\d)")  # nbgrader takes such an offset for seconds


def is_bad_time_stamp(path: Path) -> bool:
    """Whether nbgrader could not read a time stamp; an empty one it takes for none."""
    try:
        text = _read(path)
        return bool(text) and not (TIME.fullmatch(text) and 1990 < parse_utc(text).year < 2200)
    except (OSError, ValueError, OverflowError, TypeError):
        return True


def mend_time_stamp(path: Path) -> None:
    """Write a time stamp that can be read as nbgrader reads it: in UTF-8 without a mark, an offset behind the time."""
    try:
        text = _read(path)
        if text and path.read_bytes().strip() != text.encode():
            path.write_text(text, encoding="utf-8")
    except (OSError, ValueError):  # there is none, or it is not ours to write
        return


def _read(path: Path) -> str:
    """The text of a time stamp. Raises OSError, or ValueError where it is no text."""
    data = path.read_bytes() if path.stat().st_size <= LARGEST else b"\0" * 3
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return OFFSET.sub(r"\1T\2\3", data.decode(encoding).strip())
