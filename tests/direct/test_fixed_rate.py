"""A learning rate that is always the same number, in the schedule or in the loop."""

import numpy as np
import pytest

from autograder.exercise import PUBLIC, Trial, Weight
from autograder.intake.submission import Submission
from autograder.judging.fixed_rate import read_fixed_rate
from autograder.protocol.probe import Observation
from tests.direct.made_up import raised

RISES, MEETS = Trial("learning_rate", "rises", PUBLIC), Trial("learning_rate", "meets", PUBLIC)
FALLS_HIDDEN = Trial("learning_rate", "falls", "a secret")
TRAIN, ADAM = Trial("train", "nine-updates", PUBLIC), Trial("adam_step", "first-step", PUBLIC)


def rates(*numbers):
    return Observation({f"rate {number}": np.array(rate) for number, rate in enumerate(numbers)}, {})


def read(trial, viewed, *cells):
    return read_fixed_rate(trial, viewed, Submission("a file", "training", dict(enumerate(cells)), is_notebook=True))


def told(trial, viewed, *cells):
    reading = read(trial, viewed, *cells)
    return reading.sentence if reading else ""


def test_a_schedule_that_gives_one_number_everywhere_is_told_so():
    viewed = {RISES: rates(0.001, 0.001), MEETS: rates(0.001), FALLS_HIDDEN: rates(0.002)}
    reading = read(RISES, viewed)
    assert (reading.name, reading.most) == ("rate-always-the-same", 1.0)
    assert reading.sentence.startswith("The rate is the same number at every step.")
    assert read(MEETS, viewed) == reading


@pytest.mark.parametrize(
    "viewed",
    [
        {RISES: rates(0.001, 0.001), MEETS: rates(0.002)},
        {RISES: rates(0.001, 0.001)},
        {RISES: rates(0.001, 0.001), FALLS_HIDDEN: rates(0.001, 0.001)},
        {RISES: raised("ZeroDivisionError"), MEETS: rates(0.001, 0.001, 0.001)},
    ],
)
def test_a_schedule_that_gives_another_number_or_few_is_told_nothing(viewed):
    assert told(RISES, viewed) == ""


def test_a_crash_elsewhere_hides_no_fixed_rate():
    assert told(MEETS, {RISES: raised("ZeroDivisionError"), MEETS: rates(0.001, 0.001, 0.001)})


LOOP = "for group in optimizer.param_groups:\n    group['lr'] = {}"


@pytest.mark.parametrize(
    ("cells", "rate"),
    [
        (["optimizer = Adam(model.parameters(), lr=7e-4)"], "0.0007"),
        (["optimizer = Adam(model.parameters(), lr=1.0)", LOOP.format("2e-3")], "0.002"),
        ([LOOP.format("0.05") + "\noptimizer = Adam(model.parameters(), lr=1.0)"], "0.05"),
        (["optimizer = Adam([{'params': model.parameters(), 'lr': 3e-3}])"], "0.003"),
    ],
)
def test_a_loop_that_is_given_numbers_alone_is_told_the_last(cells, rate):
    reading = read(TRAIN, {TRAIN: rates(30.0)}, *cells)
    assert (reading.name, reading.most) == ("rate-always-the-same", Weight.MISTAKE.value)
    assert reading.sentence.startswith(f"The learning rate is fixed at {rate}. ")


@pytest.mark.parametrize(
    "cells",
    [
        ["optimizer = Adam(model.parameters())"],
        ["optimizer = Adam(model.parameters(), lr=rate)"],
        ["optimizer = Adam(model.parameters(), lr=1.0)", LOOP.format("learning_rate(step, 512)")],
        ["optimizer = Adam(model.parameters(), lr=1.0)", "group.update({'lr': rate})"],
        ["optimizer = Adam(model.parameters(), lr=1.0)", "group.update({**others, 'lr': rate})"],
        ["optimizer = Adam(model.parameters(), lr=1.0)", "group['lr'] *= 0.95"],
        ["optimizer = Adam(model.parameters(), lr=1.0)", "schedule = LambdaLR(optimizer, rate)"],
        ["optimizer = Adam(model.parameters(), lr=1.0)", "from torch.optim import lr_scheduler"],
        ["optimizer = Adam(model.parameters(), betas=0.9)", "group['betas'] = 0.8; count += 1; group = 0.1"],
        [],
    ],
)
def test_a_loop_whose_rate_may_be_calculated_is_told_nothing(cells):
    assert told(TRAIN, {TRAIN: rates(30.0)}, *cells) == ""


def test_only_the_schedule_and_the_loop_are_read_and_no_crash():
    fixed = "optimizer = Adam(model.parameters(), lr=7e-4)"
    assert told(ADAM, {ADAM: rates(1, 1, 1)}, fixed) == ""
    assert told(TRAIN, {TRAIN: raised("TypeError")}, fixed) == ""
    assert told(TRAIN, {TRAIN: rates(1, 1, 1)}) == ""
