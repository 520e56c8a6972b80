"""Which of many tests of one kind are run: all of them, or a sample that every change of the course draws anew."""

import hashlib
import os
from collections.abc import Sequence
from typing import TypeVar

from autograder.recorded import FOLDER

T = TypeVar("T")
SHARE = {"all": 0.0, "": 0.3, "some": 1.0}[os.environ.get("TEETH", "")]
DRAW = int(hashlib.sha256((FOLDER / "fingerprints.json").read_bytes()).hexdigest(), 16)


def sample(items: Sequence[T], one_in: int) -> Sequence[T]:
    """About one in so many items where TEETH is "some", as in `make test`; three times as many where it is not set; all
    where it is "all", as in `make teeth`.

    The same code draws the same ones. Another version of the bank, the misconceptions or the reference draws others.
    """
    step = max(1, round(one_in * SHARE))
    return items[DRAW % min(step, len(items) or 1) :: step]
