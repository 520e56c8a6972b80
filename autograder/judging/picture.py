"""The part of a wrong result that is worth looking at: the matrix around the number that is off the most."""

from typing import Any

import numpy as np

from autograder.protocol.arguments import Array
from autograder.verdict import Picture

MOST_ROWS, MOST_COLUMNS = 8, 12
DIGITS = 4


def draw_picture(name: str, expected: Array, got: Array, wrong: Array, worst: tuple[int, ...]) -> Picture | None:
    """The last two axes at `worst`, as many rows and columns of them as can be seen at a glance. None for what is no
    matrix."""
    if expected.ndim < 2 or 0 in expected.shape:
        return None
    rows = _around(worst[-2], expected.shape[-2], MOST_ROWS)
    columns = _around(worst[-1], expected.shape[-1], MOST_COLUMNS)
    window: Any = (*worst[:-2], rows, columns)
    place = [*map(str, worst[:-2]), _say(rows, expected.shape[-2]), _say(columns, expected.shape[-1])]
    whole = all(part == ":" for part in place)
    return Picture(
        name if whole else f"{name}[{', '.join(place)}]",
        _numbers(expected[window]),
        _numbers(got[window]),
        tuple(tuple(map(bool, row)) for row in wrong[window]),
    )


def _around(worst: int, length: int, most: int) -> slice:
    start = max(0, min(worst - most // 2, length - most))
    return slice(start, min(start + most, length))


def _say(part: slice, length: int) -> str:
    return ":" if part == slice(0, length) else f"{part.start}:{part.stop}"


def _numbers(array: Array) -> tuple[tuple[float, ...], ...]:
    with np.errstate(all="ignore"):
        return tuple(tuple(float(f"{float(x):.{DIGITS}g}") for x in row) for row in array)
