"""What the misconceptions of an exercise show, in few bytes: most of it is shown for the first time where it is named.

A place in a list is 0 for "as the reference has it", NEW for the next thing that has not been named yet, and otherwise
the number of something before, plus 2.
"""

from collections.abc import Sequence
from typing import Any

SAME, NEW = 0, 1


class Numbering:
    """Numbers things in the order in which they are first named."""

    def __init__(self) -> None:
        self.next = 0

    def fold(self, number: int) -> int:
        """The place of a number, in a list."""
        if number == self.next:
            self.next += 1
            return NEW
        return number + 2

    def unfold(self, place: int) -> int:
        """The number in a place."""
        if place == NEW:
            self.next += 1
            return self.next - 1
        return place - 2


def fold_marks(marks: Sequence[dict[str, int]], cases: Sequence[str], numbering: Numbering) -> list[list[int]]:
    """For each of several misconceptions, case by case, what it shows; SAME where it passes."""
    return [[numbering.fold(of[case]) if case in of else SAME for case in cases] for of in marks]


def unfold_marks(folded: Sequence[Sequence[int]], cases: Sequence[str], numbering: Numbering) -> list[dict[str, int]]:
    """The same, back again."""
    return [
        {case: numbering.unfold(place) for case, place in zip(cases, places, strict=True) if place != SAME}
        for places in folded
    ]


def fold_arrays(arrays: dict[str, Any], names: Sequence[str], numbering: Numbering) -> list[Any]:
    """The sketches of the arrays of these names; after them [name, sketch] for every other one."""
    known = [_fold_sketch(arrays[name], numbering) if name in arrays else SAME for name in names]
    return [*known, *([name, _fold_sketch(arrays[name], numbering)] for name in arrays if name not in names)]


def unfold_arrays(folded: Sequence[Any], names: Sequence[str], numbering: Numbering) -> dict[str, Any]:
    """The same, back again."""
    known = zip(names, folded, strict=False)
    arrays = {name: _unfold_sketch(place, numbering) for name, place in known if place != SAME}
    return arrays | {name: _unfold_sketch(place, numbering) for name, place in folded[len(names) :]}


def _fold_sketch(sketch: Any, numbering: Numbering) -> Any:
    if sketch is None:
        return None
    if isinstance(sketch, int):
        return numbering.fold(sketch)
    number, *others = sketch
    return [numbering.fold(number), *others]


def _unfold_sketch(folded: Any, numbering: Numbering) -> Any:
    if folded is None:
        return None
    if isinstance(folded, int):
        return numbering.unfold(folded)
    place, *others = folded
    return [numbering.unfold(place), *others]
