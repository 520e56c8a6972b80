"""Unit 3, the feed-forward network (section 3.3): its exercises and their cases.

All sizes differ: batch 3, tokens 5, d_model 8, d_ff 20; one case has square matrices on purpose, because there a wrong
orientation has the right shape. Weights, biases and upstream gradients are random. The gradient of ReLU at exactly 0 is
not graded, and no input comes near it.
"""

from functools import partial
from typing import Any

import numpy as np

from autograder.exercise import Actions, Exercise
from autograder.protocol.arguments import Strided
from autograder.protocol.probe import arguments_after, build, call, gradients, load, mode
from autograder.random_inputs import Draw
from autograder.views.feed_forward import BIAS_AFTER, SEEN_UNITS, dropout_view
from instructor.families import Asked, any_length, nothing_is_remembered, training_without_dropout
from instructor.misconceptions.feed_forward import MISCONCEPTIONS

__all__ = ["MISCONCEPTIONS"]

BATCH, TOKENS, D_MODEL, D_FF = 3, 5, 8, 20
HEADS = 2
LEADING = {"one position: ": (), "one sequence: ": (TOKENS,), "three leading axes: ": (HEADS, BATCH, TOKENS)}
DROPOUT = 0.75
Weights = dict[str, np.ndarray]

relu = Exercise("relu", points=1, section="3.3", equation="relu(x) = max(0, x)", tolerance=1e-9)
feed_forward = Exercise(
    "feed_forward", points=3, section="3.3", equation="FFN(x) = max(0, xW₁ + b₁)W₂ + b₂, eq. (2)", tolerance=1e-9
)
FeedForward = Exercise(
    "FeedForward", points=2, section="3.3", equation="FFN(x) = max(0, xW₁ + b₁)W₂ + b₂, eq. (2)", tolerance=1e-9
)
feed_forward_backward = Exercise(
    "feed_forward_backward",
    points=2,
    section="3.3",
    equation="the chain rule through FFN(x) = max(0, xW₁ + b₁)W₂ + b₂, eq. (2)",
    tolerance=1e-9,
    bonus=True,
)


@relu.case("negative numbers become 0, and positive ones stay as they are")
def signs(draw: Draw) -> Actions:
    return [call(draw.normal(BATCH, TOKENS), returns=("output",))]


@relu.case("large numbers stay as they are, too")
def large_numbers(draw: Draw) -> Actions:
    return [call(draw.normal(BATCH, TOKENS, scale=1e3), returns=("output",))]


@relu.case("it takes any number of axes")
def any_number_of_axes(draw: Draw) -> Actions:
    shapes = ((TOKENS,), (BATCH, TOKENS, D_MODEL), (HEADS, BATCH, TOKENS, D_MODEL))
    return [call(draw.normal(*shape), returns=("output",), label=f"{len(shape)} axes: ") for shape in shapes]


@relu.case("the caller's array is left as it was")
def argument_unchanged(draw: Draw) -> Actions:
    return [call(draw.normal(BATCH, TOKENS), returns=("output",)), arguments_after()]


def _weights(draw: Draw, d_model: int = D_MODEL, d_ff: int = D_FF, dtype: str = "float64") -> Weights:
    return draw.linear(("linear1",), d_ff, d_model, dtype) | draw.linear(("linear2",), d_model, d_ff, dtype)


def _network(exercise: Exercise, weights: Weights, x: object, dtype: str = "float64", **options: Any) -> Actions:
    """Call the function, or construct the module, load the weights and call it in evaluation."""
    if exercise.library == "numpy":
        return [call(x, weights, returns=("output",), **options)]
    d_ff, d_model = weights["linear1.weight"].shape
    made = [build(d_model=d_model, d_ff=d_ff), load(weights, dtype), mode(training=False)]
    return [*made, call(x, returns=("output",), **options)]


def _network_cases(exercise: Exercise) -> None:
    """The cases that the function and the module share."""

    @exercise.case("every position goes through the first map, the ReLU and the second map")
    def plain(draw: Draw) -> Actions:
        return _network(exercise, _weights(draw), draw.normal(BATCH, TOKENS, D_MODEL))

    @exercise.case("it takes any number of leading axes, possibly none")
    def leading_axes(draw: Draw) -> Actions:
        weights = _weights(draw)
        actions: Actions = []
        for label, leading in LEADING.items():
            actions += _network(exercise, weights, draw.normal(*leading, D_MODEL), label=label)[-1 if actions else 0 :]
        return actions

    @exercise.case("the caller's arrays are left as they were")
    def arguments_unchanged(draw: Draw) -> Actions:
        return [*_network(exercise, _weights(draw), draw.normal(BATCH, TOKENS, D_MODEL)), arguments_after()]

    @exercise.case("arrays that are not contiguous in memory work as well")
    def not_contiguous(draw: Draw) -> Actions:
        return _network(exercise, _weights(draw), Strided(draw.normal(BATCH, TOKENS, D_MODEL)))

    @exercise.case("a matrix has a row for every output, also where d_ff equals d_model")
    def square_matrices(draw: Draw) -> Actions:
        return _network(exercise, _weights(draw, 6, 6), draw.normal(BATCH, TOKENS, 6))

    @exercise.case("other sizes work as well", hidden=True)
    def other_sizes(draw: Draw) -> Actions:
        d_model, d_ff = 7, int(draw.generator.integers(2, 6))
        return _network(exercise, _weights(draw, d_model, d_ff), draw.normal(2, 9, d_model))


_network_cases(feed_forward)
_network_cases(FeedForward)


@feed_forward.case("the weights are found by their names, and entries that are not needed are ignored")
def weights_by_name(draw: Draw) -> Actions:
    x, weights = draw.normal(BATCH, TOKENS, D_MODEL), _weights(draw)
    spare = draw.linear(("w_q",), D_MODEL, D_MODEL)
    return [
        call(x, dict(reversed(weights.items())), returns=("output",), label="in another order: "),
        call(x, spare | weights, returns=("output",), label="among others: "),
    ]


@FeedForward.case("the gradient reaches the input and every parameter")
def gradient(draw: Draw) -> Actions:
    upstream = draw.normal(BATCH, TOKENS, D_MODEL)
    return [
        *_network(FeedForward, _weights(draw), draw.normal(BATCH, TOKENS, D_MODEL)),
        gradients(output=upstream),
    ]


@FeedForward.case("float32 in, float32 out", tolerance=1e-5)
def single_precision(draw: Draw) -> Actions:
    x = draw.normal(BATCH, TOKENS, D_MODEL, dtype="float32")
    return _network(FeedForward, _weights(draw, dtype="float32"), x, dtype="float32")


@FeedForward.case("in evaluation nothing is dropped")
def dropout_in_evaluation(draw: Draw) -> Actions:
    x = draw.normal(BATCH, TOKENS, D_MODEL)
    calls = [call(x, returns=("output",), label=label) for label in ("first call: ", "second call: ")]
    made = [build(d_model=D_MODEL, d_ff=D_FF, dropout=DROPOUT), load(_weights(draw)), mode(training=False)]
    return [*made, *calls]


def _trained_and_evaluated(draw: Draw, **options: Any) -> Actions:
    """Show the hidden units of a network with its own numbers, in evaluation and in training."""
    x = draw.generator.uniform(0.5, 1.5, (40, TOKENS, D_MODEL))
    weights = {
        "linear1.weight": np.eye(SEEN_UNITS, D_MODEL),
        "linear1.bias": np.full(SEEN_UNITS, 2.0),
        "linear2.weight": np.eye(D_MODEL, SEEN_UNITS),
        "linear2.bias": np.full(D_MODEL, BIAS_AFTER),
    }
    actions = [build(d_model=D_MODEL, d_ff=SEEN_UNITS, **options), load(weights)]
    for training, label in ((False, "in evaluation: "), (True, "in training: ")):
        actions += [mode(training), call(x, returns=("output",), label=label)]
    return actions


@FeedForward.case("in training hidden units are dropped, between the ReLU and the second map", view=dropout_view)
def dropout_in_training(draw: Draw) -> Actions:
    return _trained_and_evaluated(draw, dropout=DROPOUT)


@FeedForward.case("when dropout is left out, it is 0.1", view=partial(dropout_view, steps=10))
def dropout_left_out(draw: Draw) -> Actions:
    return _trained_and_evaluated(draw)


GRADIENTS = ("grad_x", "grad_weights")


def _backward(draw: Draw, *leading: int, d_model: int = D_MODEL, d_ff: int = D_FF, label: str = "") -> Actions:
    grad_output, x = draw.normal(*leading, d_model), draw.normal(*leading, d_model)
    return [call(grad_output, x, _weights(draw, d_model, d_ff), returns=GRADIENTS, label=label)]


@feed_forward_backward.case(
    "the gradients of x, of both matrices and of both biases are those of Σ grad_output · output"
)
def all_gradients(draw: Draw) -> Actions:
    return _backward(draw, BATCH, TOKENS)


@feed_forward_backward.case("any number of leading axes, and the weights' gradients sum over all of them")
def all_leading_axes(draw: Draw) -> Actions:
    return [action for label, leading in LEADING.items() for action in _backward(draw, *leading, label=label)]


@feed_forward_backward.case("the caller's arrays and weights are left as they were")
def nothing_changed(draw: Draw) -> Actions:
    return [*_backward(draw, BATCH, TOKENS), arguments_after()]


@feed_forward_backward.case("arrays that are not contiguous in memory work as well")
def strided(draw: Draw) -> Actions:
    grad_output, x = (Strided(draw.normal(BATCH, TOKENS, D_MODEL)) for _ in range(2))
    return [call(grad_output, x, _weights(draw), returns=GRADIENTS)]


@feed_forward_backward.case("a matrix has a row for every output, also where d_ff equals d_model")
def square(draw: Draw) -> Actions:
    return _backward(draw, BATCH, TOKENS, d_model=6, d_ff=6)


@feed_forward_backward.case("other sizes work as well", hidden=True)
def other_widths(draw: Draw) -> Actions:
    return _backward(draw, 2, 9, d_model=7, d_ff=int(draw.generator.integers(2, 6)))


# ---- what every exercise is asked


def _asked(exercise: Exercise) -> Asked:
    def inputs(draw: Draw, batch: int, tokens: int) -> list:
        return [draw.normal(batch, tokens, D_MODEL)]

    def run(draw: Draw, inputs: list, **options: Any) -> Actions:
        return _network(exercise, _weights(draw), inputs[0], **options)

    return Asked(exercise, run, inputs)


def _add_families() -> None:
    for exercise in (feed_forward, FeedForward):
        nothing_is_remembered(_asked(exercise))
        any_length(_asked(exercise))
    training_without_dropout(_asked(FeedForward), silenced="", dropout=0.0)


_add_families()
