"""Weights that are taken in the order of the dict, seen only where the names come in another one."""

import numpy as np
import pytest

from autograder import syllabus
from autograder.evidence import Failure, FailureKind
from autograder.exercise import PUBLIC, Trial, Weight
from autograder.intake.submission import Submission
from autograder.judging.dict_order import read_dict_order
from autograder.protocol.probe import Probe, arguments_after, call

PLAIN, SHUFFLED = Trial("feed_forward", "plain", PUBLIC), Trial("feed_forward", "weights-by-name", PUBLIC)
CODE = "def feed_forward(x, weights):\n    {}\n    return np.maximum(x @ a.T + b, 0) @ c.T + d\n"
VALUES = "a, b, c, d = weights.values()"


def read(line=VALUES, trial=SHUFFLED, passing=(PLAIN,), type_="ValueError", code=CODE):
    failure = Failure(FailureKind.RAISED, type=type_, message="could not be broadcast together")
    reading = read_dict_order(trial, failure, passing, Submission("here", "", {1: code.format(line)}, is_notebook=True))
    assert reading is None or (reading.name, reading.most) == ("taken-by-order", Weight.MISTAKE.value)
    return reading.sentence if reading else ""


@pytest.mark.parametrize(
    "line", [VALUES, "a, b, c, d = [w for _, w in weights.items()]", "a, b, c, d = list(weights.values())"]
)
def test_values_without_names_are_taken_by_order(line):
    assert read(line) == (
        'The weights are taken in the order of the dict. Take them by name: `weights["linear1.weight"]`.'
    )


def test_where_more_is_wrong_than_the_order_nothing_is_said():
    assert not read(passing=())
    assert not read(trial=PLAIN, passing=(PLAIN,))
    assert not read(type_="KeyError")
    assert not read("a, b, c, d = [w for name, w in weights.items() if name]")
    assert not read('a, b, c, d = (weights[n] for n in ("linear1.weight", "linear1.bias"))')
    assert not read(code="feed_forward = another_name")
    assert not read(code="def another(weights):\n    {}")


def test_a_trial_that_also_looks_at_its_arguments_is_read_like_any_other(monkeypatch):
    orders = {PLAIN: "ab", SHUFFLED: "ba"}

    def probe_of(trial):
        weights = {name: np.ones(1) for name in orders[trial]}
        return Probe("feed_forward", "numpy", (call(np.ones(1), weights, returns=("y",)), arguments_after()))

    monkeypatch.setattr(syllabus, "probe_of", probe_of)
    assert 'Take them by name: `weights["a"]`.' in read()
