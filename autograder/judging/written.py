"""Plain data that was written out (see `protocol.plain`): where two results differ, in words."""

from autograder.intake.printable import printable
from autograder.protocol.arguments import Array

LONGEST = 60  # characters of an entry that are shown


def describe_written(name: str, kind: str, expected: Array, got: Array) -> tuple[str, str]:
    """How what was written out differs from what is expected: with the entries, and without any value."""
    wanted, seen = _lines(expected), _lines(got)
    different = [i for i, (a, b) in enumerate(zip(wanted, seen, strict=False)) if a != b]
    if kind in ("str", "bytes") and len(wanted) == len(seen) == 1:
        shown, there = _around_the_difference(wanted[0], seen[0])
        return f"{name} should be {shown}, is {there}", f"{name} is not what it should be"
    if len(wanted) != len(seen):
        text = f"{name} should have {_entries(len(wanted))}, has {len(seen)}"
        more = f"; {_describe_entry(name, kind, different[0], wanted, seen)}" if different else ""
        return text + more, f"{name} has another number of entries than it should have"
    of_all = f" ({len(different)} of {len(wanted)} differ{'s' * (len(different) == 1)})" if len(wanted) > 1 else ""
    return _describe_entry(name, kind, different[0], wanted, seen) + of_all, f"{name} differs in some entries"


def _describe_entry(name: str, kind: str, place: int, wanted: list[str], seen: list[str]) -> str:
    shown, there = _around_the_difference(wanted[place], seen[place])
    where = f"an entry of {name}" if kind == "dict" else f"{name}[{place}]"
    return f"{where} should be {shown}, is {there}"


def _lines(written: Array) -> list[str]:
    text = written.tobytes().decode("utf-8", "replace")
    return text.split("\n") if text else []


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _around_the_difference(wanted: str, seen: str) -> tuple[str, str]:
    """Both texts, harmless to show; of long ones the part in which they begin to differ."""
    first = next((i for i, (a, b) in enumerate(zip(wanted, seen, strict=False)) if a != b), min(len(wanted), len(seen)))
    start = first - LONGEST // 2 if max(len(wanted), len(seen)) > LONGEST and first > LONGEST // 2 else 0
    return _clipped(wanted, start), _clipped(seen, start)


def _clipped(text: str, start: int) -> str:
    end = start + LONGEST
    return "…" * (start > 0) + printable(text[start:end]) + "…" * (len(text) > end)
