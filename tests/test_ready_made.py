"""From scratch means from scratch: what becomes of code that uses a ready-made answer, and of one that compares."""

import pytest

from autograder import syllabus
from autograder.intake.code import Code
from autograder.intake.ready_made import find_ready_made
from autograder.intake.submission import Submission
from autograder.verdict import Outcome

HIDDEN_CALL = """
from torch import nn
class ScaledDotProductAttention(nn.Module):
    def forward(self, q, k, v, mask=None):
        return getattr(nn.functional, "scaled_dot_" + "product_attention")(q, k, v, attn_mask=mask), None
"""
COMPARISON = """
from torch import nn
class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
    def forward(self, q, k, v, mask=None):
        scores = q @ k.mT / q.shape[-1] ** 0.5
        weights = (scores if mask is None else scores.masked_fill(~mask, -1e9)).softmax(-1)
        return self.dropout(weights) @ v, weights
"""


def grade_cells(grader, *cells):
    exercises = [syllabus.exercise("ScaledDotProductAttention")]
    return grader.grade(Submission("test", "attention", dict(enumerate(cells, 1)), is_notebook=True), exercises)[0]


def test_a_ready_made_answer_that_reading_does_not_find_is_caught_when_it_is_called(grader):
    assert find_ready_made(Code({1: HIDDEN_CALL}), "ScaledDotProductAttention") is None
    result = grade_cells(grader, HIDDEN_CALL)
    assert result.outcome is Outcome.FORBIDDEN
    assert result.score == 0
    assert "torch.nn.functional.scaled_dot_product_attention is a ready-made answer" in result.verdicts[0].where


def test_a_comparison_with_the_ready_made_layer_in_an_experiment_costs_nothing(grader):
    experiment = "import torch\nown = nn.MultiheadAttention(8, 2)\nprint(own(*[torch.randn(1, 3, 8)] * 3))"
    result = grade_cells(grader, COMPARISON, experiment)
    assert result.outcome is Outcome.PASSED
    assert result.score == result.points


def test_a_function_can_be_compared_with_its_namesake_of_pytorch_under_another_name(grader):
    experiment = "import torch.nn.functional as F\nq = torch.randn(2, 3, 4)\nF.scaled_dot_product_attention(q, q, q)"
    assert grade_cells(grader, "import torch", COMPARISON, experiment).outcome is Outcome.PASSED


@pytest.mark.parametrize("import_", ["EncoderLayer", "*", "EncoderLayer, MultiHeadAttention"])
def test_an_imported_block_is_no_answer(import_, grader):
    cells = {1: f"from autograder.blocks import {import_}"}
    submission = Submission("test", "encoder", cells, is_notebook=True)
    result = grader.grade(submission, [syllabus.exercise("EncoderLayer")])[0]
    assert result.outcome is Outcome.FORBIDDEN
    assert "autograder.blocks.EncoderLayer is the course's own solution" in result.verdicts[0].where


SOFTMAX = """
import numpy as np
def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
"""
MEAN = """
def softmax(x, axis=-1):
    if axis not in range(-4, 4):
        raise ValueError(axis)
    return x
"""


@pytest.mark.parametrize(
    ("cells", "replaced"),
    [
        ([SOFTMAX, "from torch import *"], "replaced your own `softmax`."),
        ([SOFTMAX.replace("x.max", "whole(x).max"), "def whole(x): return x", "from torch import *"], "`softmax`"),
        (["from torch import *", MEAN], "replaced Python's own `range`."),
    ],
)
def test_a_star_import_that_takes_a_name_away_is_told_and_is_no_accusation(grader, cells, replaced):
    submission = Submission("test", "attention", dict(enumerate(cells, 1)), is_notebook=True)
    result = grader.grade(submission, [syllabus.exercise("softmax")], "a secret of thirty-two characters and more")[0]
    assert result.score == 0.0
    told = [v for v in result.verdicts if not v.passed]
    assert {v.outcome for v in told} == {Outcome.CRASHED}
    assert all("the import in " in v.where and "ready-made" not in v.where for v in told)
    assert all(replaced in v.cause for v in told if not v.hidden)
    assert not any("is for NumPy" in v.where for v in told)


def test_a_star_import_before_the_students_own_names_costs_nothing(grader):
    cells = {1: "from torch import *\nfrom torch.nn.functional import *", 2: SOFTMAX}
    submission = Submission("test", "attention", cells, is_notebook=True)
    assert grader.grade(submission, [syllabus.exercise("softmax")])[0].outcome is Outcome.PASSED


HIDDEN_LOSS = """
from torch import nn
class LabelSmoothingLoss(nn.Module):
    def __init__(self, epsilon=0.1, pad_id=0):
        super().__init__()
        self.own = {"label_smoothing": epsilon, "ignore_index": pad_id}
    def forward(self, logits, labels):
        ready_made = getattr(nn.functional, "cross_" + "entropy")
        return ready_made(logits.flatten(0, 1), labels.flatten(), **self.own)
"""


def test_a_ready_made_loss_is_caught_in_the_unit_on_training_when_it_is_called(grader):
    assert find_ready_made(Code({1: HIDDEN_LOSS}), "LabelSmoothingLoss") is None
    submission = Submission("test", "training", {1: HIDDEN_LOSS}, is_notebook=True)
    (result,) = grader.grade(submission, [syllabus.exercise("LabelSmoothingLoss")])
    assert result.outcome is Outcome.FORBIDDEN
    assert "torch.nn.functional.cross_entropy is a ready-made answer" in result.verdicts[0].where


def test_a_model_with_a_ready_made_loss_of_its_own_may_call_it_in_other_units(grader):
    with_loss = COMPARISON.replace(
        "        return self.dropout",
        "        nn.functional.cross_entropy(scores.flatten(0, -2), scores.flatten(0, -2).argmax(-1))\n"
        "        return self.dropout",
    )
    assert grade_cells(grader, with_loss).outcome is Outcome.PASSED
