"""Weights that are taken in the order of the dict, seen only where the names come in another one."""

import pytest

from autograder.evidence import Failure, FailureKind
from autograder.exercise import PUBLIC, Trial
from autograder.intake.submission import Submission
from autograder.judging.dict_order import read_dict_order

PLAIN, SHUFFLED = Trial("feed_forward", "plain", PUBLIC), Trial("feed_forward", "weights-by-name", PUBLIC)
CODE = "def feed_forward(x, weights):\n    {}\n    return np.maximum(x @ a.T + b, 0) @ c.T + d\n"
VALUES = "a, b, c, d = weights.values()"


def read(line=VALUES, trial=SHUFFLED, passing=(PLAIN,), type_="ValueError"):
    failure = Failure(FailureKind.RAISED, type=type_, message="could not be broadcast together")
    reading = read_dict_order(trial, failure, passing, Submission("here", "", {1: CODE.format(line)}, is_notebook=True))
    return reading.sentence if reading else ""


@pytest.mark.parametrize(
    "line", [VALUES, "a, b, c, d = [w for _, w in weights.items()]", "a, b, c, d = list(weights.values())"]
)
def test_values_without_names_are_taken_by_order(line):
    assert 'Take them by name: `weights["linear1.weight"]`.' in read(line)


def test_where_more_is_wrong_than_the_order_nothing_is_said():
    assert not read(passing=())
    assert not read(trial=PLAIN, passing=(PLAIN,))
    assert not read(type_="KeyError")
    assert not read("a, b, c, d = [w for name, w in weights.items() if name]")
    assert not read('a, b, c, d = (weights[n] for n in ("linear1.weight", "linear1.bias"))')
