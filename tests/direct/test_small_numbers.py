"""A small number in the sum of a softmax, or inside the logarithm of a loss, whatever the number is."""

import numpy as np
import pytest

from autograder import syllabus
from autograder.exercise import PUBLIC, Trial
from autograder.judging.small_numbers import read_small_number
from autograder.protocol.probe import perform
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


def read(namespace, trial, *others):
    shown = {t: perform(syllabus.probe_of(t), namespace) for t in (trial, *others)}
    reading = read_small_number(trial, shown, [trial, *others], ANSWERS)
    return reading.sentence if reading else ""


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
