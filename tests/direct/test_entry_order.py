"""A vocabulary that is not sorted, and batches in which equal lengths stand in another order."""

import numpy as np
import pytest

from autograder import syllabus
from autograder.exercise import PUBLIC, Trial, Weight
from autograder.judging.entry_order import NUMBERED, TIES, read_order
from autograder.judging.reading import Reading
from autograder.protocol.plain import write_out
from autograder.protocol.probe import Observation, Probe, call, call_refused
from tests.judged import ANSWERS


def trial(exercise, case):
    return Trial(exercise, case, PUBLIC)


SYMBOLS, EQUAL = trial("build_vocabulary", "specials-in-sequences"), trial("length_batches", "equal-lengths")


def shown(of, change):
    """What the reference shows, with the result of every call changed."""
    right = ANSWERS.reference(of)
    written = {name: write_out(change(parse(array))) for name, array in right.arrays.items()}
    return Observation({name: array for name, array in written.items() if array is not None}, right.facts)


def parse(array):
    lines = ",".join(array.tobytes().decode().split("\n"))
    return eval(f"{{{lines}}}" if ": " in lines else f"[{lines}]")


def read(of, seen):
    reading = read_order(of, seen, ANSWERS.reference(of))
    return reading.name if reading else ""


def numbered(order):
    return lambda right: {symbol: i for i, symbol in enumerate(order(list(right)))}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (numbered(lambda symbols: symbols), ""),
        (numbered(lambda symbols: [*symbols[:3], *symbols[:2:-1]]), "not-sorted"),
        (numbered(lambda symbols: symbols[::-1]), "not-sorted"),
        (numbered(lambda symbols: [*symbols[1:], "another"]), ""),
        (numbered(lambda symbols: symbols[1:]), ""),
        (lambda right: {symbol: i + 1 for symbol, i in right.items()}, ""),
        (lambda right: dict.fromkeys(right, np.zeros(2)), ""),
        (lambda right: {symbol: [i] for symbol, i in right.items()}, ""),
    ],
)
def test_a_vocabulary_in_which_only_the_order_is_wrong_is_not_sorted(change, name):
    assert read(SYMBOLS, shown(SYMBOLS, change)) == name


def swapped(right, one, other):
    """The batches with two indices exchanged."""
    to = {one: other, other: one}
    return [[to.get(i, i) for i in batch] for batch in right]


def test_batches_in_which_only_equal_lengths_are_exchanged_come_from_a_sort_that_is_not_stable():
    lengths = syllabus.probe_of(EQUAL).actions[0]["arguments"][0]
    same = next((i, j) for j in range(len(lengths)) for i in range(j) if lengths[i] == lengths[j])
    other = next((i, j) for j in range(len(lengths)) for i in range(j) if lengths[i] != lengths[j])
    assert read(EQUAL, shown(EQUAL, lambda right: swapped(right, *same))) == "not-stable"
    assert read(EQUAL, shown(EQUAL, lambda right: swapped(right, *other))) == ""
    assert read(EQUAL, shown(EQUAL, lambda right: right)) == ""
    assert read(EQUAL, shown(EQUAL, lambda right: right[:-1])) == ""
    assert read(EQUAL, shown(EQUAL, lambda right: [[i] for batch in right for i in batch])) == ""
    assert read(EQUAL, shown(EQUAL, lambda right: [i for batch in right for i in batch])) == ""
    assert read(EQUAL, shown(EQUAL, lambda right: swapped(right, same[0], 99))) == ""
    assert read(EQUAL, shown(EQUAL, lambda right: swapped(right, same[0], "0"))) == ""


def test_other_facts_and_other_exercises_tell_nothing():
    seen = shown(SYMBOLS, numbered(lambda symbols: symbols[::-1]))
    assert read(SYMBOLS, Observation(seen.arrays, {**seen.facts, "type of vocabulary": "list"})) == ""
    assert read(SYMBOLS, Observation({}, seen.facts)) == ""
    assert read(trial("pad_batch", "filled"), seen) == ""


def test_an_order_that_is_wrong_is_a_mistake_and_is_told_with_its_remedy():
    seen = shown(SYMBOLS, numbered(lambda symbols: symbols[::-1]))
    assert read_order(SYMBOLS, seen, ANSWERS.reference(SYMBOLS)) == Reading(
        "not-sorted", NUMBERED, Weight.MISTAKE.value
    )


def test_every_result_is_compared_with_the_lengths_that_it_was_made_of(monkeypatch):
    calls = (
        call_refused(np.array([5, 5])),
        call(np.array([7, 7, 2]), returns=("batches",), label="first: "),
        call([3, 4, 4], returns=("batches",)),
    )
    monkeypatch.setattr(syllabus, "probe_of", lambda trial: Probe("length_batches", "numpy", calls))

    def observed(first, second):
        written = {"first: batches": write_out(first), "batches": write_out(second)}
        return Observation({name: array for name, array in written.items() if array is not None})

    def reading(first, second):
        return read_order(EQUAL, observed(first, second), observed([[2], [0, 1]], [[0], [1, 2]]))

    assert reading([[2], [1, 0]], [[0], [2, 1]]) == Reading("not-stable", TIES, Weight.MISTAKE.value)
    assert reading([[2], [1, 0]], [[1], [0, 2]]) is None
    assert reading([[1], [0, 2]], [[0], [2, 1]]) is None
