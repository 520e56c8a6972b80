"""Unit 1, positional encoding (section 3.5): its exercises and their cases.

All sizes differ: batch 3, tokens 5, d_model 8, max_len 31. A table that was built in float32 is right: at 100 positions
it is 6e-6 from the exact one, at 512 positions 4e-5, and the tolerances are more than ten times that. The wrong
implementations are in `misconceptions`.
"""

from functools import partial

import numpy as np

from autograder.exercise import Actions, Exercise
from autograder.protocol.arguments import Strided
from autograder.protocol.probe import (
    arguments_after,
    build,
    call,
    call_refused,
    cast,
    gradients,
    load,
    mode,
)
from autograder.random_inputs import Draw
from autograder.views.positional_encoding import MANY, dropout_view, trained_numbers
from instructor.families import Asked, nothing_is_remembered, training_without_dropout
from instructor.misconceptions.positional_encoding import MISCONCEPTIONS

__all__ = ["MISCONCEPTIONS"]

BATCH, TOKENS, D_MODEL, MAX_LEN = 3, 5, 8, 31
DROPOUT = 0.75
TOLERANCE, TOLERANCE_OF_A_LONG_TABLE = 1e-4, 5e-4


positional_encoding = Exercise(
    "positional_encoding",
    points=4,
    section="3.5",
    equation="PE(pos, 2i) = sin(pos / 10000^(2i/d_model)), PE(pos, 2i+1) = cos(pos / 10000^(2i/d_model))",
    tolerance=TOLERANCE,
)
PositionalEncoding = Exercise(
    "PositionalEncoding",
    points=3,
    section="3.5",
    equation="dropout(x + PE[:tokens])",
    tolerance=TOLERANCE,
)


@positional_encoding.case("row pos holds sin and cos of pos / 10000^(2i/d_model), side by side for each i")
def small_table(draw: Draw) -> Actions:
    return [call(7, D_MODEL, returns=("table",))]


@positional_encoding.case("the first position is 0, so the first row is 0, 1, 0, 1, …")
def one_position(draw: Draw) -> Actions:
    return [call(1, D_MODEL, returns=("table",))]


@positional_encoding.case("two features are one pair: the sine and the cosine of the position itself")
def one_pair(draw: Draw) -> Actions:
    return [call(TOKENS, 2, returns=("table",))]


@positional_encoding.case("there is a row for each position and a column for each feature, whichever is more")
def tall_and_wide(draw: Draw) -> Actions:
    sizes = ((90, 10), (3, 32))
    return [call(n, d_model, returns=("table",), label=f"{n} positions, {d_model} features: ") for n, d_model in sizes]


@positional_encoding.case("a position keeps its row, however many others are asked for", hidden=True)
def other_sizes(draw: Draw) -> Actions:
    lengths, pairs = draw.generator.integers(9, 100, 3), draw.generator.integers(3, 33, 3)
    sizes = [(int(n), 2 * int(half)) for n, half in zip(lengths, pairs, strict=True)]
    return [call(*size, returns=("table",), label=f"table {i + 1}: ") for i, size in enumerate(sizes)]


@positional_encoding.case(
    "positions far away are as exact as near ones", hidden=True, tolerance=TOLERANCE_OF_A_LONG_TABLE
)
def long_table(draw: Draw) -> Actions:
    return [call(int(draw.generator.integers(400, 513)), 12, returns=("table",))]


def _made(**options: object) -> Actions:
    """Construct the module, in float64 and in evaluation mode."""
    return [build(d_model=D_MODEL, max_len=MAX_LEN, **options), cast("float64"), mode(training=False)]


def _called(x: object, label: str = "") -> Actions:
    return [call(x, returns=("output",), label=label)]


@PositionalEncoding.case("row t of the table is added to token t, in every sample of the batch")
def added(draw: Draw) -> Actions:
    return [*_made(), *_called(draw.normal(BATCH, TOKENS, D_MODEL))]


@PositionalEncoding.case("a sequence may have any length up to max_len")
def any_length(draw: Draw) -> Actions:
    calls = (_called(draw.normal(BATCH, n, D_MODEL), label=f"{n} tokens: ") for n in (1, 4, MAX_LEN))
    return [*_made(), *(action for actions in calls for action in actions)]


@PositionalEncoding.case("more than max_len tokens are refused with an error")
def too_long(draw: Draw) -> Actions:
    return [*_made(), call_refused(draw.normal(BATCH, MAX_LEN + 2, D_MODEL))]


@PositionalEncoding.case("the caller's tensor is left as it was")
def argument_unchanged(draw: Draw) -> Actions:
    return [*_made(), *_called(draw.normal(BATCH, TOKENS, D_MODEL)), arguments_after()]


@PositionalEncoding.case("a tensor that is not contiguous in memory works as well")
def not_contiguous(draw: Draw) -> Actions:
    return [*_made(), *_called(Strided(draw.normal(BATCH, TOKENS, D_MODEL)))]


@PositionalEncoding.case("float32 in, float32 out")
def single_precision(draw: Draw) -> Actions:
    made = [build(d_model=D_MODEL, max_len=MAX_LEN), mode(training=False)]
    return [*made, *_called(draw.normal(BATCH, TOKENS, D_MODEL, dtype="float32"))]


@PositionalEncoding.case("the table follows the module that is moved with .to(), here to float16", tolerance=2e-2)
def moved(draw: Draw) -> Actions:
    made = [build(d_model=D_MODEL, max_len=MAX_LEN), cast("float16"), mode(training=False)]
    return [*made, *_called(draw.normal(BATCH, TOKENS, D_MODEL, dtype="float16"))]


@PositionalEncoding.case("the table is fixed: there is nothing to train", view=trained_numbers)
def nothing_trained(draw: Draw) -> Actions:
    return [*_made(), *_called(draw.normal(BATCH, TOKENS, D_MODEL)), load({})]


@PositionalEncoding.case("the gradient reaches the input")
def gradient(draw: Draw) -> Actions:
    x, upstream = draw.normal(BATCH, TOKENS, D_MODEL), draw.normal(BATCH, TOKENS, D_MODEL)
    return [*_made(), *_called(x), gradients(output=upstream)]


@PositionalEncoding.case("in evaluation nothing is dropped")
def dropout_in_evaluation(draw: Draw) -> Actions:
    x = draw.normal(BATCH, TOKENS, D_MODEL)
    return [*_made(dropout=DROPOUT), *_called(x, label="first call: "), *_called(x, label="second call: ")]


@PositionalEncoding.case(
    "in training numbers of the sum are dropped, and the expected value stays the same", view=dropout_view
)
def dropout_in_training(draw: Draw) -> Actions:
    return _in_both_modes(draw, _made(dropout=DROPOUT))


def _in_both_modes(draw: Draw, actions: Actions) -> Actions:
    x = draw.normal(MANY, TOKENS, D_MODEL)
    x[: MANY // 2] = 0.0
    for training, label in ((False, "in evaluation: "), (True, "in training: ")):
        actions = [*actions, mode(training), *_called(x, label)]
    return actions


@PositionalEncoding.case("`dropout` is 0.1 when it is left out", view=partial(dropout_view, steps=10))
def default_dropout(draw: Draw) -> Actions:
    return _in_both_modes(draw, _made())


@PositionalEncoding.case("other sizes work just as well", hidden=True)
def other_sizes_of_the_module(draw: Draw) -> Actions:
    d_model, tokens = 2 * int(draw.generator.integers(6, 13)), int(draw.generator.integers(29, 100))
    made = [build(d_model=d_model, max_len=100), cast("float64"), mode(training=False)]
    return [*made, *_called(draw.normal(2, tokens, d_model))]


@PositionalEncoding.case("max_len is 5000 when it is left out")
def default_length(draw: Draw) -> Actions:
    made = [build(d_model=2), cast("float64"), mode(training=False)]
    refused = (call_refused(np.zeros((1, n, 2)), label=f"{n} tokens: ") for n in (5000, 5001))
    return [*made, *_called(draw.normal(BATCH, TOKENS, 2)), *refused]


# ---- what every exercise is asked


def _asked(exercise: Exercise) -> Asked:
    def inputs(draw: Draw, batch: int, tokens: int) -> list:
        return [draw.normal(batch, tokens, D_MODEL)] if exercise is PositionalEncoding else [tokens, D_MODEL]

    def run(draw: Draw, inputs: list, label: str = "") -> Actions:
        if exercise is PositionalEncoding:
            return [*_made(), *_called(inputs[0], label)]
        return [call(*inputs, returns=("table",), label=label)]

    return Asked(exercise, run, inputs)


nothing_is_remembered(_asked(positional_encoding))
nothing_is_remembered(_asked(PositionalEncoding))
training_without_dropout(_asked(PositionalEncoding), dropout=0.0)
