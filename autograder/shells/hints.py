"""`hint("softmax")`: the hints of the lesson, one by one. Nobody counts them."""

import json
from functools import cache

from autograder import syllabus
from autograder.recorded import FOLDER
from autograder.shells.notebook_check import show


@cache
def _hints() -> dict[str, list[list[str]]]:
    hints: dict[str, list[list[str]]] = json.loads((FOLDER / "hints.json").read_text(encoding="utf-8"))
    return hints


def find_hint(name: str, level: int) -> str:
    """A hint in Markdown, and how to get the next one. Raises UnknownName."""
    hints = _hints().get(syllabus.exercise(name).name, [])
    if not hints:
        return f"There is no hint for `{name}`: read the text above the exercise once more, and run `check`."
    if not 1 <= level <= len(hints):
        return f"The hints for `{name}` are numbered from 1 to {len(hints)}: there is no hint {level!r}."
    about, text = hints[level - 1]
    more = f'\n\n`hint("{name}", level={level + 1})` says more.' if level < len(hints) else ""
    return f"**Hint {level} of {len(hints)}, {about}.** {text}{more}"


def show_hint(name: str, level: int) -> None:
    """Show a hint, as Markdown where a notebook can."""
    text = find_hint(name, level)
    show(text, {"text/markdown": text})
