"""Which cases each misconception fails, recorded in `failing.json`: most are ruled out without being run.

`instructor/authoring/record_failing.py` records it, and a test compares the record with what the misconceptions do.
"""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("failing.json")
FAILS, PASSES, DEPENDS = "1", "0", "?"


@cache
def recorded() -> dict[str, dict[str, dict[str, str]]]:
    """By exercise, misconception and case: FAILS, PASSES, or DEPENDS where it depends on the inputs."""
    record = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        exercise: {
            name: dict(zip(entry["cases"], marks, strict=True)) for name, marks in entry["misconceptions"].items()
        }
        for exercise, entry in record.items()
    }


def matters_to(exercise: str, misconception: str, among: Iterable[str]) -> bool | None:
    """Whether a misconception can matter to an exercise; None where nothing is recorded of it for any exercise `among`
    those of the unit."""
    record = recorded()
    if misconception in record.get(exercise, ()):
        return True
    return False if any(misconception in record.get(other, ()) for other in among) else None


def is_known_to_fail(exercise: str, case: str, misconception: str) -> bool | None:
    """Whether a misconception fails a case, whatever its inputs; None where that is not known."""
    mark = recorded().get(exercise, {}).get(misconception, {}).get(case, DEPENDS)
    return None if mark == DEPENDS else mark == FAILS
