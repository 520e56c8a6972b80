"""Text of a student's made harmless for the line that shows it."""

from pathlib import Path


def printable(text: str | Path, keep: str = "", mark: str = "?") -> str:
    """The text with `mark` for each character that cannot be printed: controls, and marks that reverse the writing.

    Characters in `keep` stay.
    """
    text = str(text)
    return text if text.isprintable() else "".join(c if c.isprintable() or c in keep else mark for c in text)
