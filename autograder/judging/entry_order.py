"""Read a list or a dict whose entries are right but for their order: that of a set, or of a sort that is not stable."""

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from autograder import syllabus
from autograder.exercise import Trial, Weight
from autograder.judging.reading import Reading
from autograder.protocol.probe import Observation

NUMBERED = (
    "Every symbol has a number, but not always its own: first come the specials, in their order, and then the others, "
    "sorted. A set has no order, and gives another one in each run: sort it."
)
TIES = (
    "Sequences of equal length stand in another order than that of their indices. `np.argsort` keeps it with "
    '`kind="stable"` only; `sorted` always does.'
)


def read_order(trial: Trial, shown: Observation, expected: Observation) -> Reading | None:
    """What is the matter where nothing but the order of a result's entries is wrong; None anywhere else."""
    reader = READERS.get(trial.exercise)
    if not reader or shown.facts != expected.facts:
        return None
    wrong = [name for name, array in expected.arrays.items() if not np.array_equal(array, shown.arrays.get(name, 0))]
    return reader(trial, shown, expected, wrong) if wrong else None


def _read_vocabulary(trial: Trial, shown: Observation, expected: Observation, wrong: list[str]) -> Reading | None:
    for name in wrong:
        wanted, seen = (_parse(which, name, "{{{}}}") for which in (expected, shown))
        if not seen or wanted.keys() != seen.keys() or _all(wanted.values()) != _all(seen.values()):
            return None
    return Reading("not-sorted", NUMBERED, Weight.MISTAKE.value)


def _read_batches(trial: Trial, shown: Observation, expected: Observation, wrong: list[str]) -> Reading | None:
    lengths = dict(_lengths(trial))
    for name in wrong:
        given, wanted, seen = lengths.get(name), *(_parse(which, name, "[{}]") for which in (expected, shown))
        if not (given and seen) or _all(i for batch in seen for i in batch) != _all(range(len(given))):
            return None
        if [[given[i] for i in batch] for batch in wanted] != [[given[i] for i in batch] for batch in seen]:
            return None
    return Reading("not-stable", TIES, Weight.MISTAKE.value)


def _all(entries: Iterable[Any]) -> list[str]:
    """Entries of any kind, so that two lists of them are equal where only the order is another one."""
    return sorted(map(repr, entries))


def _lengths(trial: Trial) -> Iterator[tuple[str, list[int]]]:
    """The lengths of the sequences, by the name of the result for which they were given."""
    for action in syllabus.probe_of(trial).actions:
        for name in action.get("returns", ()):
            yield f"{action['label']}{name}", [int(length) for length in action["arguments"][0]]


def _parse(shown: Observation, name: str, brackets: str) -> Any:
    """A result that was written out, one entry a line; None where it holds what has no literal."""
    try:
        lines = shown.arrays[name].tobytes().decode().split("\n")
        found = ast.literal_eval(brackets.format(",".join(lines)))
        return found if brackets == "{{{}}}" or all(isinstance(entry, list) for entry in found) else None
    except (KeyError, ValueError, SyntaxError, TypeError):
        return None


READERS: dict[str, Callable[[Trial, Observation, Observation, list[str]], Reading | None]] = {
    "build_vocabulary": _read_vocabulary,
    "length_batches": _read_batches,
}
