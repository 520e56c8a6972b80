"""Numbers that belong to written questions: checked without points. What is said is in `recorded/numbers.json`."""

import json
from functools import cache
from math import isclose, isfinite
from typing import Any

from autograder.recorded import FOLDER

ROUNDED = 0.01  # how far off, of itself, a number may be that is not whole


@cache
def _numbers() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "numbers.json").read_text(encoding="utf-8"))
    return found


def judge_number(name: str, answer: object) -> str:
    """What is to be said about the answer to a question for a number, in Markdown."""
    if answer is None:
        return "Not yet: write your number in place of None, then run this cell again."
    number = _read(answer)
    if number is None:
        return f"{str(answer)[:60]!r} is not a number: write one, such as 12 or 0.5, then run this cell again."
    known = _numbers()[name]
    if is_same(known["right"], number):
        return f"**✓ Right.** {known['why']}"
    for wrong, why in known["wrong"]:
        if is_same(wrong, number):
            return f"**✗ Not {answer}.** {why}"
    return f"**✗ Not {answer}.** {known['otherwise']}"


def _read(answer: object) -> float | None:
    """A finite number, also one that was written as text; None where it is none."""
    try:
        number = float(answer)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if isfinite(number) and not isinstance(answer, bool) else None


def is_same(right: float, number: float) -> bool:
    """Whether a number is the right one: exactly if that is whole, otherwise as far as it may be rounded."""
    return number == right if isinstance(right, int) else isclose(number, right, rel_tol=ROUNDED)
