"""Answers share their equal arrays, and nothing else about them changes."""

import gc

import numpy as np
import pytest

from autograder.protocol.probe import Observation
from instructor.answers.shared_arrays import SharedArrays


def test_equal_arrays_of_two_answers_are_one_and_read_only():
    arrays = SharedArrays()
    first = arrays.share(Observation({"out": np.arange(3.0)}, {"type": "ndarray"}))
    second = arrays.share(Observation({"other name": np.arange(3.0)}, {}))
    assert first.arrays["out"] is second.arrays["other name"]
    assert (first.arrays["out"].tolist(), first.facts) == ([0, 1, 2], {"type": "ndarray"})
    assert not first.arrays["out"].flags.writeable


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (np.zeros(4), np.zeros((2, 2))),
        (np.zeros(2), np.zeros(4, np.float32)),
        (np.zeros(1), -np.zeros(1)),
        (np.zeros(()), np.zeros(1)),
    ],
)
def test_arrays_that_differ_in_any_way_stay_as_they_are(left, right):
    arrays = SharedArrays()
    kept = [arrays.share(Observation({"out": array})).arrays["out"] for array in (left, right)]
    for array, shared in zip((left, right), kept, strict=True):
        assert (shared.shape, shared.dtype, shared.tobytes()) == (array.shape, array.dtype, array.tobytes())


def test_an_array_that_nobody_holds_any_more_is_forgotten():
    arrays = SharedArrays()
    arrays.share(Observation({"out": np.arange(3.0)}))
    gc.collect()
    assert not arrays._known
