"""Two calls in training: numbers that chance has made are left out, and that they differ is a fact."""

import numpy as np
import pytest

from autograder.protocol.probe import Observation
from autograder.views.families import AGAIN, TRAINING, TWICE, without_chance

FIRST, OTHER = np.array([1.0, np.nan]), np.array([1.0, 2.0])


def view(first, again):
    arrays = {"in evaluation: output": OTHER, f"{TRAINING}output": first, f"{TRAINING}gradient of b.bias": first}
    arrays |= {f"{AGAIN}output": again} if again is not None else {}
    return without_chance(Observation(arrays, {"a fact": "told"}), ending="b.bias")


def test_what_training_gives_twice_is_kept():
    seen = view(FIRST, FIRST.copy())
    assert list(seen.arrays) == ["in evaluation: output", f"{TRAINING}output"]
    assert seen.facts == {"a fact": "told", TWICE: "the same numbers"}


@pytest.mark.parametrize("again", [OTHER, OTHER[:1], 1.001 * FIRST])
def test_what_chance_has_made_is_left_out(again):
    seen = view(FIRST, again)
    assert list(seen.arrays) == ["in evaluation: output"]
    assert seen.facts[TWICE] == "different numbers"


def test_without_an_ending_all_that_chance_has_not_made_is_kept():
    arrays = {"in evaluation: output": OTHER, f"{TRAINING}output": FIRST, f"{AGAIN}output": FIRST}
    seen = without_chance(Observation(arrays, {}), ending="")
    assert list(seen.arrays) == ["in evaluation: output", f"{TRAINING}output"]


def test_a_second_call_without_a_first_is_another_one():
    seen = without_chance(Observation({f"{AGAIN}output": OTHER}, {}), ending="b.bias")
    assert (dict(seen.arrays), seen.facts) == ({}, {TWICE: "different numbers"})
