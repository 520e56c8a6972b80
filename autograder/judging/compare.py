"""The trusted comparison: two observations, and the first thing in which they differ, in words."""

import re
from dataclasses import dataclass, replace

import numpy as np

from autograder.answers.sketch import Sketch, Sketched
from autograder.judging.facts import describe_fact, redact_fact
from autograder.judging.picture import draw_picture
from autograder.judging.written import describe_written
from autograder.protocol.arguments import Array
from autograder.protocol.probe import Observation
from autograder.verdict import Picture

ARGUMENT = re.compile(r"(?:^|: )(?:argument \d+|\w+)(?:\[.*\])? after the call$")
UNCHANGED = "the arguments are unchanged, but "


@dataclass(frozen=True)
class Difference:
    """Where and by how much: `text` and `picture` show numbers, `redacted` says the same without any."""

    text: str
    redacted: str
    picture: Picture | None = None


def difference(
    expected: Observation,
    got: Observation,
    tolerance: float,
    ungraded: dict[str, Array] | None = None,
    viewed: Observation | None = None,
) -> Difference | None:
    """Return the first difference: facts first, then arrays in the expected order. None where there is none.

    Elements marked in `ungraded[name]` need only be finite. |got - expected| ≤ tolerance · (1 + |expected|) is equal.
    Where a view is to be applied to `expected`, `viewed` is what it makes of it. An array that it changes, such as one
    that holds random numbers, is not said to be right, and another shape or dtype is said before any number.
    """
    found = _find_difference(expected, got, tolerance, ungraded, viewed)
    if found is None or not _leaves_arguments(expected, got, tolerance):
        return found
    return Difference(UNCHANGED + found.text, UNCHANGED + found.redacted, found.picture)


def _find_difference(
    expected: Observation,
    got: Observation,
    tolerance: float,
    ungraded: dict[str, Array] | None,
    viewed: Observation | None,
) -> Difference | None:
    for name in expected.facts | got.facts:
        if expected.facts.get(name) != got.facts.get(name):
            return Difference(describe_fact(name, expected, got), redact_fact(name, expected))
    kept = _keep_unchanged(expected, viewed)
    if viewed is not None and (found := _find_other_kind(expected, got)):
        return _with_agreeing(found, kept, got, tolerance)
    for name, array in expected.arrays.items():
        if name not in got.arrays:
            text = f"{name} is missing: it should be an array of shape {array.shape}"
            return Difference(text, text)
        kind = expected.facts.get(f"type of {name}")
        if kind and _are_written(array, got.arrays[name]):
            found = _compare_written(name, kind, array, got.arrays[name])
        else:
            found = _compare_arrays(name, array, got.arrays[name], tolerance, (ungraded or {}).get(name))
        if found:
            return _with_agreeing(found, kept, got, tolerance)
    return None


def _find_other_kind(expected: Observation, got: Observation) -> Difference | None:
    """The first array of another shape or dtype. It comes first where numbers may be random."""
    pairs = ((name, array, got.arrays[name]) for name, array in expected.arrays.items() if name in got.arrays)
    kinds = (_compare_kinds(name, array, other) for name, array, other in pairs if not _are_written(array, other))
    return next(filter(None, kinds), None)


def _with_agreeing(found: Difference, kept: dict[str, Array], got: Observation, tolerance: float) -> Difference:
    agreeing = _describe_agreeing(kept, got, tolerance)
    return Difference(found.text + agreeing, found.redacted + agreeing, found.picture)


def _leaves_arguments(expected: Observation, got: Observation, tolerance: float) -> bool:
    """Whether a case that looks at the arguments after the call finds them unchanged: it fails in something else."""
    after = [name for name in expected.arrays if ARGUMENT.search(name)]
    return bool(after) and all(
        name in got.arrays and same_arrays(expected.arrays[name], got.arrays[name], tolerance) for name in after
    )


def agree(
    expected: Observation | Sketched, got: Observation, tolerance: float, ungraded: dict[str, Array] | None = None
) -> bool:
    """Whether two observations are the same in everything that is graded, NaN equal to NaN."""
    if expected.facts != got.facts or expected.arrays.keys() != got.arrays.keys():
        return False
    free = ungraded or {}
    return all(
        same_arrays(array, got.arrays[name], tolerance, free.get(name)) for name, array in expected.arrays.items()
    )


def _are_written(expected: Array, got: Array) -> bool:
    """Whether both are plain data that was written out, and no numbers."""
    return all(array.dtype == np.uint8 and array.ndim == 1 for array in (expected, got))


def _compare_written(name: str, kind: str, expected: Array, got: Array) -> Difference | None:
    return None if np.array_equal(expected, got) else Difference(*describe_written(name, kind, expected, got))


def _compare_kinds(name: str, expected: Array, got: Array) -> Difference | None:
    if got.shape != expected.shape:
        text = f"{name} should have shape {expected.shape}, has "
        return Difference(f"{text}{got.shape}", f"{text}another shape")
    if got.dtype != expected.dtype:
        text = f"{name} should have dtype {expected.dtype}, has {got.dtype}"
        return Difference(text, text)
    return None


def _compare_arrays(
    name: str, expected: Array, got: Array, tolerance: float, ungraded: Array | None
) -> Difference | None:
    if found := _compare_kinds(name, expected, got):
        return found
    if ungraded is None and got.tobytes() == expected.tobytes():
        return None
    wrong = ~_close(expected, got, tolerance)
    if ungraded is not None:
        wrong = np.where(ungraded, ~np.isfinite(got), wrong)
    if not wrong.any():
        return None
    where = _find_worst(expected, got, wrong)
    index = "" if expected.ndim == 0 else f"[{', '.join(map(str, where))}]"
    if ungraded is not None and ungraded[where]:
        text = f"{name}{index} should be a finite number, is {got[where]}"
        return Difference(text, f"{name} should hold finite numbers only")
    found = _describe_numbers(name, index, expected[where], got[where], int(wrong.sum()), wrong.size)
    return replace(found, picture=draw_picture(name, expected, got, wrong, where))


def _describe_numbers(
    name: str, index: str, expected: np.generic, got: np.generic, count: int, size: int
) -> Difference:
    """The worst of `count` wrong elements out of `size`."""
    wanted, there = next(
        (pair for digits in range(4, 17) if len({*(pair := _format_pair(expected, got, digits))}) == 2),
        (str(expected), str(got)),
    )
    of_all = f" ({count} of {size} {'differs' if count == 1 else 'differ'})" if size > 1 else ""
    redacted = f"{name} differs in {_describe_share(count, size)}" + f", by {there}" * bool(not np.isfinite(got))
    return Difference(f"{name}{index} should be {wanted}, is {there}{of_all}", redacted)


def _describe_share(count: int, size: int) -> str:
    """How many of the elements, so roughly that it tells nothing about an input."""
    if count == size:
        return "every element"
    return "most elements" if 2 * count > size else "some elements"


def _find_worst(expected: Array, got: Array, wrong: Array) -> tuple[int, ...]:
    with np.errstate(all="ignore"):
        gap = np.abs(got.astype(np.float64) - expected.astype(np.float64))
    gap = np.where(wrong, np.where(np.isfinite(gap), gap, np.inf), -1.0)
    first = int(np.flatnonzero(gap >= gap.max() * (1 - 1e-4))[0])  # of equal ones, whatever the rounding
    return tuple(int(i) for i in np.unravel_index(first, gap.shape))


def _format_pair(expected: np.generic, got: np.generic, digits: int) -> tuple[str, str]:
    return _format_number(expected, digits), _format_number(got, digits)


def _format_number(value: np.generic, digits: int) -> str:
    """A number with so many digits behind the point, or so many in all where it is very small or very large."""
    if not isinstance(value, np.floating):
        return str(value)
    if 1e-3 <= abs(value) < 1e4 or value == 0:
        return f"{value:.{digits}f}"
    return f"{value:.4g}" if digits == 4 else f"{value:#.{digits}g}".removesuffix(".")


def _close(expected: Array, got: Array, tolerance: float) -> Array:
    close: Array = got == expected
    if expected.dtype.kind == "f" and not close.all():
        with np.errstate(all="ignore"):
            near = np.abs(got - expected) <= tolerance * (1 + np.abs(expected))
        close = (near & np.isfinite(expected)) | close | (np.isnan(got) & np.isnan(expected))
    return close


def same_arrays(expected: Array | Sketch, got: Array, tolerance: float, ungraded: Array | None = None) -> bool:
    """Whether two arrays are the same where they are graded, NaN equal to NaN."""
    if isinstance(expected, Sketch):
        return expected.is_of(got, tolerance, ungraded)
    if expected.shape != got.shape or expected.dtype != got.dtype:
        return False
    close = _close(expected, got, tolerance)
    if ungraded is not None and ungraded.shape == close.shape:
        close |= ungraded & (np.isfinite(expected) == np.isfinite(got))
    return bool(close.all())


def _keep_unchanged(expected: Observation, viewed: Observation | None) -> dict[str, Array]:
    """The arrays that a view leaves as they are."""
    if viewed is None:
        return expected.arrays
    return {n: a for n, a in expected.arrays.items() if n in viewed.arrays and _are_equal(a, viewed.arrays[n])}


def _are_equal(one: Array, other: Array) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


def _describe_agreeing(expected: dict[str, Array], got: Observation, tolerance: float) -> str:
    """Name the results that still agree: what comes after them is to blame."""
    names = [
        name
        for name, array in expected.items()
        if name in got.arrays and not ARGUMENT.search(name) and same_arrays(array, got.arrays[name], tolerance)
    ]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"; still right: {', '.join(names[:3])}{more}" if names else ""
