"""Pictures that a student attaches to a text: kept where they are what they say, and not too large."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

# of each kind, how its bytes begin
KINDS = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
LARGEST_PICTURE = 8 << 20  # in bytes
MOST_PICTURES = 20  # of one cell
LONGEST_NAME = 200
DATA = re.compile(r"data:image/\w+;base64,[A-Za-z0-9+/=]*")
Pictures = dict[str, dict[str, str]]


def check_pictures(attachments: Any) -> Pictures:
    """The pictures among a cell's attachments: by name, the kind and the bytes in base64, as nbformat has them."""
    if not isinstance(attachments, Mapping):
        return {}
    found: Pictures = {}
    for name, kinds in list(attachments.items())[:MOST_PICTURES]:
        if isinstance(name, str) and len(name) <= LONGEST_NAME and isinstance(kinds, Mapping):
            checked = {kind: data for kind, value in kinds.items() if (data := _check(kind, value))}
            if checked:
                found[name] = checked
    return found


def without_pictures(text: str) -> str:
    """A text without the pictures that are written out in it."""
    return DATA.sub("", text)


def _check(kind: Any, value: Any) -> str:
    """The bytes of a picture in base64 without line ends; "" where they are no picture of that kind, or too large."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    if kind not in KINDS or not isinstance(value, str) or len(value) > 2 * LARGEST_PICTURE:
        return ""
    try:
        data = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    if len(data) > LARGEST_PICTURE or not KINDS[kind].match(data):
        return ""
    return base64.b64encode(data).decode("ascii")
