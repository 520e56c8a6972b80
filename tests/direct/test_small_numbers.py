"""A small number in the sum of a softmax, or inside the logarithm of a loss, whatever the number is."""

import numpy as np
import pytest

from autograder import syllabus
from autograder.exercise import PUBLIC, Trial, Weight
from autograder.judging.small_numbers import read_small_number
from autograder.protocol.probe import Observation, Probe, call, perform
from tests.direct.made_up import WrittenAnswers, raised
from tests.judged import ANSWERS

ROWS, FAR_APART = Trial("softmax", "rows", PUBLIC), Trial("softmax", "argument-unchanged", PUBLIC)
HUGE, PADDED = Trial("cross_entropy", "huge-logits", PUBLIC), Trial("cross_entropy", "padding", PUBLIC)


def shares(x, axis, small):
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return powers / (powers.sum(axis=axis, keepdims=True) + small)


def softmax_with(small):
    return {"softmax": lambda x, axis=-1: shares(x, axis, small)}


def loss_of(log):
    def cross_entropy(logits, labels, pad_id=0):
        picked = np.take_along_axis(shares(logits, -1, 0), labels[..., None], -1)[..., 0]
        return float(-log(picked)[labels != pad_id].mean())

    return {"cross_entropy": cross_entropy}


def told(reading):
    if reading is None:
        return ""
    costs = {"added-to-the-sum": Weight.SLIP, "added-in-the-log": Weight.MISTAKE}
    assert reading.most == costs[reading.name].value
    return reading.sentence


def read(namespace, trial, *others):
    shown = {t: perform(syllabus.probe_of(t), namespace) for t in (trial, *others)}
    reading = read_small_number(trial, shown, [trial, *others], ANSWERS)
    return told(reading)


@pytest.mark.parametrize("small", [1e-8, 1e-7, 3e-6])
def test_a_number_in_the_sum_is_seen_whatever_it_is(small):
    for trial in (ROWS, FAR_APART):
        assert "added to the sum" in read(softmax_with(small), trial)


def test_shares_that_are_rounded_or_too_large_are_not_put_down_to_it():
    assert not read(softmax_with(-1e-8), ROWS)
    assert not read({"softmax": lambda x, axis=-1: shares(x, axis, 0).round(5)}, ROWS)
    assert not read({"softmax": lambda x, axis=-1: 0.9 * shares(x, axis, 0)}, ROWS)


@pytest.mark.parametrize(("small", "bound"), [(1e-8, "18.4"), (1e-12, "27.6"), (1e-15, "34.5")])
def test_a_number_in_the_logarithm_is_told_with_the_loss_that_it_allows(small, bound):
    assert f"no loss can exceed {bound}." in read(loss_of(lambda p: np.log(p + small)), HUGE)
    assert f"no loss can exceed {bound}." in read(loss_of(lambda p: np.log(np.maximum(p, small))), HUGE)


def test_a_number_in_the_logarithm_explains_the_others_only_beside_the_huge_losses():
    added = loss_of(lambda p: np.log(p + 1e-8))
    assert read(added, PADDED, HUGE)
    assert not read(added, PADDED)
    assert not read(loss_of(lambda p: np.log(p + 1e-8) / np.log(2)), HUGE, PADDED)


# ---- made-up results


ATTENTION, SMOOTHED, PLAIN = (
    Trial(name, "made up", PUBLIC) for name in ("scaled_dot_product_attention", "label_smoothing_loss", "cross_entropy")
)


def read_shown(trial, wanted, seen, facts=None):
    """What is read where this is shown in place of what is wanted."""
    wanted, seen = ({name: np.asarray(array) for name, array in which.items()} for which in (wanted, seen))
    answers = WrittenAnswers(references={trial: Observation(wanted)})
    reading = read_small_number(trial, {trial: Observation(seen, facts or {})}, [trial], answers)
    return told(reading)


SHARES, LESS = np.array([0.25, 0.75, 0.5]), np.array([0.25, 0.75, 0.5 - 1e-7])


@pytest.mark.parametrize(
    ("wanted", "seen", "facts", "is_read"),
    [
        ({"attention_weights": SHARES}, {"attention_weights": LESS}, {}, True),
        ({"attention_weights": SHARES}, {"attention_weights": LESS}, {"a fact": "too many"}, False),
        ({"attention_weights": SHARES}, {"attention_weights": SHARES[:2]}, {}, False),
        ({"attention_weights": SHARES}, {"attention_weights": [0.25, 0.75, 1e308]}, {}, False),
        ({"attention_weights": [0.25, 1e-4]}, {"attention_weights": [0.25, 1e308]}, {}, False),
        ({"attention_weights": [0.5, 1e-9]}, {"attention_weights": [0.5 - 1e-7, 0.0]}, {}, True),
        ({"attention_weights": SHARES, "output": [1.0]}, {"attention_weights": LESS, "output": [2.0]}, {}, True),
        ({"attention_weights": SHARES, "n": [1]}, {"attention_weights": LESS, "n": [1]}, {}, True),
        ({"attention_weights": SHARES, "n": [1]}, {"attention_weights": LESS, "n": [2]}, {}, False),
    ],
)
def test_shares_of_which_some_are_a_little_too_small_come_from_a_number_in_the_sum(wanted, seen, facts, is_read):
    assert ("added to the sum" in read_shown(ATTENTION, wanted, seen, facts)) == is_read


@pytest.fixture
def one_of_two_missed(monkeypatch):
    """A loss of two words and a pad, of which one word has not the largest logit."""
    logits = np.array([[9.0, 0.0, 0.0], [0.0, 9.0, 0.0], [9.0, 0.0, 0.0]])
    action = call(logits, np.array([1, 1, 0]), 0, returns=("loss",))
    monkeypatch.setattr(syllabus, "probe_of", lambda trial: Probe(trial.exercise, "numpy", (action,)))


@pytest.mark.usefixtures("one_of_two_missed")
@pytest.mark.parametrize(
    ("wanted", "seen", "is_read"),
    [
        (101.0, 59.0, True),
        (101.0, 6.0, True),
        (100.0, 20.0, False),
        (300.0, 60.0, False),
        (300.0, 5.0, False),
        (300.0, 200.0, False),
        (50.0, 20.0, False),
    ],
)
def test_a_huge_loss_that_has_become_a_moderate_one_comes_from_a_number_in_the_logarithm(wanted, seen, is_read):
    found = read_shown(SMOOTHED, {"loss": wanted}, {"loss": seen})
    assert ("so no loss can exceed minus the logarithm of that number. Compute" in found) == is_read


@pytest.mark.usefixtures("one_of_two_missed")
def test_the_bound_is_the_loss_of_each_word_that_is_missed():
    assert "no loss can exceed 18.4." in read_shown(PLAIN, {"loss": 500.0}, {"loss": 9.21})


def test_a_crash_tells_of_no_small_number():
    for trial in (ROWS, HUGE):
        assert read_small_number(trial, {trial: raised("ValueError")}, [trial], ANSWERS) is None
