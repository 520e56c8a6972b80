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


def in_train(*lines):
    return "\n".join(["def train(model, rate):", *(f"    {line}" for line in "\n".join(lines).splitlines())])


LOOP = "for group in optimizer.param_groups:\n    group['lr'] = {}"
FIXED = "optimizer = Adam(model.parameters(), lr=7e-4)"
GIVEN_LATER = "optimizer = Adam(model.parameters(), lr=1.0)"
OF_A_NAME = "optimizer = Adam(model.parameters(), lr=LR)"


@pytest.mark.parametrize(
    ("cells", "rate"),
    [
        ([in_train(FIXED)], "0.0007"),
        ([in_train(GIVEN_LATER, LOOP.format("2e-3"))], "0.002"),
        ([in_train(LOOP.format("0.05"), GIVEN_LATER)], "0.05"),
        ([in_train("optimizer = Adam([{'params': model.parameters(), 'lr': 3e-3}])")], "0.003"),
        ([in_train("make_optimizer()"), "def make_optimizer():\n    Adam(params, lr=0.1)"], "0.1"),
        (["LR = 5e-4", in_train(OF_A_NAME)], "0.0005"),
        ([in_train(FIXED), "adam.param_groups[0]['lr'] = learning_rate(step, 512)"], "0.0007"),
        ([in_train(FIXED), "from torch.optim import lr_scheduler", "lr_scheduler.LambdaLR(adam, rate)"], "0.0007"),
    ],
)
def test_a_loop_that_is_given_numbers_alone_is_told_the_last(cells, rate):
    reading = read(TRAIN, {TRAIN: rates(30.0)}, *cells)
    assert (reading.name, reading.most) == ("rate-always-the-same", Weight.MISTAKE.value)
    assert reading.sentence.startswith(f"The learning rate is fixed at {rate}. ")


@pytest.mark.parametrize(
    "cells",
    [
        [in_train("optimizer = Adam(model.parameters())")],
        [in_train("optimizer = Adam(model.parameters(), lr=rate)")],
        [in_train(GIVEN_LATER, LOOP.format("learning_rate(step, 512)"))],
        [in_train(GIVEN_LATER, "group.update({'lr': rate})")],
        [in_train(GIVEN_LATER, "group.update({**others, 'lr': rate})")],
        [in_train(GIVEN_LATER, "group['lr'] *= 0.95")],
        [in_train(GIVEN_LATER, "set_rate()"), "def set_rate():\n    group['lr'] = learning_rate(step, 512)"],
        ["from torch.optim.lr_scheduler import LambdaLR", in_train(GIVEN_LATER, "LambdaLR(optimizer, rate)")],
        ["from torch.optim import lr_scheduler", in_train(GIVEN_LATER, "lr_scheduler.StepLR(optimizer, 1)")],
        [in_train(GIVEN_LATER, "torch.optim.lr_scheduler.StepLR(optimizer, 1)")],
        ["LR = 5e-4", "LR = learning_rate(4000, 512)", in_train(OF_A_NAME)],
        ["LR = 5e-4", in_train("LR = LR * rate", OF_A_NAME)],
        ["LR = 5e-4", "def make(LR):\n    Adam(params, lr=LR)", in_train("make(LR)")],
        ["LR = 5e-4 * 2", in_train(OF_A_NAME)],
        [in_train("optimizer = Adam(model.parameters(), betas=0.9)", "group['betas'] = 0.8; count += 1; group = 0.1")],
        [in_train("pass"), FIXED],
        [FIXED],
        [],
    ],
)
def test_a_loop_whose_rate_may_be_calculated_is_told_nothing(cells):
    assert told(TRAIN, {TRAIN: rates(30.0)}, *cells) == ""


def test_only_the_schedule_and_the_loop_are_read_and_no_crash():
    fixed = in_train(FIXED)
    assert told(ADAM, {ADAM: rates(1, 1, 1)}, fixed) == ""
    assert told(TRAIN, {TRAIN: raised("TypeError")}, fixed) == ""
    assert told(TRAIN, {TRAIN: rates(1, 1, 1)}) == ""
