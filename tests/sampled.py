"""Which of many tests of one kind are run: all of them, or a sample that every change of the course draws anew."""

import hashlib
import os
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from autograder.recorded import FOLDER

T = TypeVar("T")
SHARE = {"all": 0.0, "": 0.3, "some": 5.0}[os.environ.get("TEETH", "")]
DRAW = int(hashlib.sha256((FOLDER / "fingerprints.json").read_bytes()).hexdigest(), 16)


def sample(items: Sequence[T], one_in: int, fewest: int = 1) -> Sequence[T]:
    """About one item in five times `one_in` where TEETH is "some", as in `make test`; seventeen times as many where
    it is not set; all where it is "all", as in `make teeth`. At least so many are drawn, where there are so many.

    The same code draws the same ones. Another version of the bank, the misconceptions or the reference draws others.
    """
    step = max(1, min(round(one_in * SHARE), len(items) // fewest))
    return items[DRAW % step :: step]


def sample_each(items: Sequence[T], one_in: int, kind: Callable[[T], Hashable], fewest: int = 2) -> list[T]:
    """A sample of each kind, which has at least so many of it, in the order of the items."""
    kinds: dict[Hashable, list[T]] = {}
    for item in items:
        kinds.setdefault(kind(item), []).append(item)
    drawn = [one for of_kind in kinds.values() for one in sample(of_kind, one_in, fewest)]
    return sorted(drawn, key=items.index)
