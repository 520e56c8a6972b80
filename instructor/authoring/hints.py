"""The hints of the lessons, for `hint("softmax")`: recorded in `autograder/recorded/hints.json`."""

import json
import re
from pathlib import Path

from instructor.authoring.percent import read_cells

HEADER = re.compile(r"\{(?:exercise|practice):\s*(\w+)\s*\}")
HINT = re.compile(r"<details><summary><b>Hint (\d)</b>: (.*?)</summary>\s*(.*?)\s*</details>", re.DOTALL)

Hints = dict[str, list[tuple[str, str]]]  # by exercise: what the hint is about, and its text in Markdown


def read_hints(lesson: Path) -> Hints:
    """The hints of a lesson, in order; each belongs to the exercise whose header came last."""
    found: Hints = {}
    exercise = ""
    for cell in read_cells(lesson):
        if cell.cell_type == "markdown":
            headers = HEADER.findall(cell.source)
            exercise = headers[-1] if headers else exercise
            for _, about, text in HINT.findall(cell.source):
                found.setdefault(exercise, []).append((about, text))
    return found


def render_hints(lessons: list[Path]) -> str:
    """All hints of a course as JSON."""
    hints: Hints = {}
    for lesson in lessons:
        hints |= read_hints(lesson)
    return json.dumps(hints, indent=1, ensure_ascii=False) + "\n"
