"""Unit 4, layer normalization and the residual connection (sections 3.1, 5.4). The wrong ones are in `misconceptions`.

All sizes differ: batch 3, tokens 5, d_model 8. γ and β are random, since 1 and 0 would hide half of the mistakes. So
are the gradients from above: with ones and γ = 1 the gradient of x vanishes, and zeros would be right.
"""

from functools import partial

import numpy as np

from autograder.exercise import Actions, Exercise
from autograder.protocol.arguments import Strided, Sublayer
from autograder.protocol.probe import arguments_after, build, call, gradients, load, mode
from autograder.random_inputs import Draw
from autograder.views.layer_norm import ANCHORS, dropout_view
from instructor.bank.right_code.layer_norm import RIGHT
from instructor.bank.write_the_test import write_the_test
from instructor.families import Asked, any_length, nothing_is_remembered, training_without_dropout
from instructor.misconceptions.layer_norm import MISCONCEPTIONS

__all__ = ["MISCONCEPTIONS"]

BATCH, TOKENS, D_MODEL = 3, 5, 8
EPS = 0.1
DROPOUT = 0.75
GRADIENTS = ("grad_x", "grad_gamma", "grad_beta")


layer_norm = Exercise(
    "layer_norm",
    points=4,
    section="3.1",
    equation="LayerNorm(x) = γ (x - μ) / √(σ² + ε) + β (Ba et al., 2016), μ and σ² over the last axis",
    tolerance=1e-9,
)
layer_norm_backward = Exercise(
    "layer_norm_backward",
    points=3,
    section="3.1",
    equation="∂L/∂x = (g - mean(g) - x̂ mean(g x̂)) / √(σ² + ε), with g = γ ∂L/∂y and x̂ = (x - μ) / √(σ² + ε)",
    tolerance=1e-9,
    bonus=True,
)
LayerNorm = Exercise(
    "LayerNorm",
    points=3,
    section="3.1",
    equation="LayerNorm(x) = γ (x - μ) / √(σ² + ε) + β (Ba et al., 2016), μ and σ² over the last axis",
    tolerance=1e-9,
)
ResidualConnection = Exercise(
    "ResidualConnection",
    points=3,
    section="3.1 and 5.4",
    equation="LayerNorm(x + Dropout(Sublayer(x)))",
    tolerance=1e-9,
)


def _affine(draw: Draw, d_model: int = D_MODEL, dtype: str = "float64") -> tuple[np.ndarray, np.ndarray]:
    return draw.normal(d_model, dtype=dtype), draw.normal(d_model, dtype=dtype)


def _with_small_and_constant_rows(x: np.ndarray) -> np.ndarray:
    """Scale the first token of x (..., tokens, features) by 1e-3, and make all features of the second one equal."""
    x[..., 0, :] *= 1e-3
    x[..., 1, :] = x[..., 1, :1]
    return x


def _far_from_zero(draw: Draw, offset: float, dtype: str) -> np.ndarray:
    """Sixteenths around `offset`: their sum and their mean are exact, so rounding excuses nothing."""
    return (np.round(draw.normal(BATCH, TOKENS, D_MODEL, scale=16)) / 16 + offset).astype(dtype)


def _normalise(
    exercise: Exercise, draw: Draw, x: object, *, d_model: int = D_MODEL, dtype: str = "float64", label: str = "", **eps
) -> Actions:
    """Call the function with random γ and β, or construct the module, load such γ and β and call it."""
    gamma, beta = _affine(draw, d_model, dtype)
    if exercise.library == "numpy":
        return [call(x, gamma, beta, returns=("output",), label=label, **eps)]
    made = [build(d_model=d_model, **eps), load({"gamma": gamma, "beta": beta}, dtype), mode(training=False)]
    return [*made, call(x, returns=("output",), label=label)]


def _layer_norm_cases(exercise: Exercise) -> None:
    """The cases that the function and the module share."""

    @exercise.case("every token is normalised on its own, over its features, then scaled by γ and shifted by β")
    def tokens(draw: Draw) -> Actions:
        return _normalise(exercise, draw, draw.normal(BATCH, TOKENS, D_MODEL) + draw.normal(BATCH, TOKENS, 1))

    @exercise.case("eps is the number that is given, and stands inside the square root")
    def given_eps(draw: Draw) -> Actions:
        return _normalise(exercise, draw, draw.normal(BATCH, TOKENS, D_MODEL), eps=EPS)

    @exercise.case("when eps is left out, it is 1e-5, which shows in a token whose features hardly differ")
    def small_differences(draw: Draw) -> Actions:
        return _normalise(exercise, draw, draw.normal(BATCH, TOKENS, D_MODEL, scale=1e-3))

    @exercise.case("a token whose features are all equal becomes β")
    def equal_features(draw: Draw) -> Actions:
        return _normalise(exercise, draw, _with_small_and_constant_rows(draw.normal(BATCH, TOKENS, D_MODEL)))

    @exercise.case("it takes any number of leading axes")
    def leading_axes(draw: Draw) -> Actions:
        flat, deep = draw.normal(TOKENS, D_MODEL), draw.normal(2, BATCH, TOKENS, D_MODEL)
        first = _normalise(exercise, draw, flat, label="2 axes: ")
        again = _normalise(exercise, draw, deep, label="4 axes: ")
        return [*first, again[-1]]

    @exercise.case("the caller's arrays are left as they were")
    def arguments_unchanged(draw: Draw) -> Actions:
        return [*_normalise(exercise, draw, draw.normal(BATCH, TOKENS, D_MODEL)), arguments_after()]

    @exercise.case("arrays that are not contiguous in memory work as well")
    def not_contiguous(draw: Draw) -> Actions:
        return _normalise(exercise, draw, Strided(draw.normal(BATCH, TOKENS, D_MODEL)))

    @exercise.case("other sizes, and one token alone", hidden=True)
    def other_sizes(draw: Draw) -> Actions:
        x = draw.normal(7, 2, 6)
        actions = _normalise(exercise, draw, x, d_model=6, eps=0.02, label="3 axes: ")
        return [*actions, *_normalise(exercise, draw, draw.normal(6), d_model=6, eps=0.02, label="1 axis: ")[-1:]]


_layer_norm_cases(layer_norm)
_layer_norm_cases(LayerNorm)


@layer_norm.case("a mean of 3e8 costs no precision: only differences from it count", tolerance=1e-5)
def large_mean(draw: Draw) -> Actions:
    return _normalise(layer_norm, draw, _far_from_zero(draw, 3e8, "float64"))


@LayerNorm.case("float32: a mean of 1e3 or 1e4 costs no precision", tolerance=3e-2)
def large_mean_in_single_precision(draw: Draw) -> Actions:
    x, farther = (_far_from_zero(draw, offset, "float32") for offset in (1e3, 1e4))
    actions = _normalise(LayerNorm, draw, x, dtype="float32", label="about 1e3: ")
    return [*actions, call(farther, returns=("output",), label="about 1e4: ")]


@LayerNorm.case("float32 in, float32 out", tolerance=1e-5)
def single_precision(draw: Draw) -> Actions:
    return _normalise(LayerNorm, draw, draw.normal(BATCH, TOKENS, D_MODEL, dtype="float32"), dtype="float32")


@LayerNorm.case("a new module only normalises: γ starts at 1, β at 0", tolerance=1e-5)
def initial_values(draw: Draw) -> Actions:
    return [build(d_model=D_MODEL), call(draw.normal(BATCH, TOKENS, D_MODEL, dtype="float32"), returns=("output",))]


@LayerNorm.case("the gradient reaches γ, β and x, also on its paths through the mean and the variance")
def gradient(draw: Draw) -> Actions:
    upstream = draw.normal(BATCH, TOKENS, D_MODEL)
    actions = _normalise(LayerNorm, draw, draw.normal(BATCH, TOKENS, D_MODEL), eps=EPS)
    return [*actions, gradients(output=upstream)]


# ---- the backward pass


def _backward(draw: Draw, x: np.ndarray, label: str = "", **eps: float) -> Actions:
    gamma, _ = _affine(draw, x.shape[-1])
    return [call(draw.normal(*x.shape), x, gamma, returns=GRADIENTS, label=label, **eps)]


@layer_norm_backward.case(
    "the gradients are the true ones: that of x has all three terms, those of γ and β sum over tokens"
)
def gradients_of_tokens(draw: Draw) -> Actions:
    return _backward(draw, draw.normal(BATCH, TOKENS, D_MODEL) + draw.normal(BATCH, TOKENS, 1))


@layer_norm_backward.case("eps is the number that is given, as in the forward pass")
def given_eps_again(draw: Draw) -> Actions:
    return _backward(draw, draw.normal(BATCH, TOKENS, D_MODEL), eps=EPS)


@layer_norm_backward.case("tokens whose features hardly differ, or not at all, have gradients too")
def small_and_equal_features(draw: Draw) -> Actions:
    return _backward(draw, _with_small_and_constant_rows(draw.normal(BATCH, TOKENS, D_MODEL)))


@layer_norm_backward.case("it takes any number of leading axes")
def leading_axes_again(draw: Draw) -> Actions:
    shapes = ((TOKENS, D_MODEL), (2, BATCH, TOKENS, D_MODEL))
    return [action for shape in shapes for action in _backward(draw, draw.normal(*shape), label=f"{len(shape)} axes: ")]


@layer_norm_backward.case("the caller's arrays are left as they were")
def arguments_unchanged(draw: Draw) -> Actions:
    return [*_backward(draw, draw.normal(BATCH, TOKENS, D_MODEL)), arguments_after()]


@layer_norm_backward.case("arrays that are not contiguous in memory work as well")
def not_contiguous(draw: Draw) -> Actions:
    grad_output, x = (Strided(draw.normal(BATCH, TOKENS, D_MODEL)) for _ in range(2))
    return [call(grad_output, x, draw.normal(D_MODEL), returns=GRADIENTS)]


@layer_norm_backward.case("other sizes, and one token alone", hidden=True)
def other_sizes(draw: Draw) -> Actions:
    shapes = ((7, 2, 6), (6,))
    return [
        action for shape in shapes for action in _backward(draw, draw.normal(*shape), f"{len(shape)} axes: ", eps=0.02)
    ]


# ---- the residual connection


def _sublayer(draw: Draw, d_model: int = D_MODEL, dtype: str = "float64", counted: bool = False) -> Sublayer:
    return Sublayer(draw.normal(d_model, d_model, scale=0.6, dtype=dtype), draw.normal(d_model, dtype=dtype), counted)


def _connect(
    draw: Draw,
    x: object,
    sublayer: Sublayer,
    *,
    d_model: int = D_MODEL,
    dtype: str = "float64",
    label: str = "",
    **dropout: float,
) -> Actions:
    """Construct the module, load random γ and β and call it in evaluation."""
    gamma, beta = _affine(draw, d_model, dtype)
    made = [build(d_model=d_model, **dropout), load({"norm.gamma": gamma, "norm.beta": beta}, dtype)]
    return [*made, mode(training=False), call(x, sublayer, returns=("output",), label=label)]


@ResidualConnection.case("the sublayer's output is added to x, and the sum is normalised")
def post_norm(draw: Draw) -> Actions:
    return _connect(draw, draw.normal(BATCH, TOKENS, D_MODEL), _sublayer(draw))


@ResidualConnection.case(
    "the norm is a LayerNorm with its own eps, 1e-5, which shows where the features hardly differ, or not at all"
)
def small_sums(draw: Draw) -> Actions:
    x, sublayer = draw.normal(BATCH, TOKENS, D_MODEL, scale=1e-3), _sublayer(draw)
    actions = _connect(draw, x, Sublayer(sublayer.weight, sublayer.bias * 1e-3), label="small: ")
    equal, nothing = np.full_like(x, 0.75), Sublayer(np.zeros((D_MODEL, D_MODEL)), np.zeros(D_MODEL))
    return [*actions, call(equal, nothing, returns=("output",), label="all equal: ")]


@ResidualConnection.case("it takes any number of leading axes")
def leading_axes_of_the_sum(draw: Draw) -> Actions:
    flat, deep, sublayer = draw.normal(TOKENS, D_MODEL), draw.normal(2, BATCH, TOKENS, D_MODEL), _sublayer(draw)
    actions = _connect(draw, flat, sublayer, label="2 axes: ")
    return [*actions, call(deep, sublayer, returns=("output",), label="4 axes: ")]


@ResidualConnection.case("the sublayer is called once")
def one_call(draw: Draw) -> Actions:
    return _connect(draw, draw.normal(BATCH, TOKENS, D_MODEL), _sublayer(draw, counted=True))


@ResidualConnection.case("the caller's x is left as it was")
def x_unchanged(draw: Draw) -> Actions:
    return [*_connect(draw, draw.normal(BATCH, TOKENS, D_MODEL), _sublayer(draw)), arguments_after()]


@ResidualConnection.case("the gradient reaches γ, β and x, through the sublayer and past it")
def gradient_past_the_sublayer(draw: Draw) -> Actions:
    upstream = draw.normal(BATCH, TOKENS, D_MODEL)
    return [*_connect(draw, draw.normal(BATCH, TOKENS, D_MODEL), _sublayer(draw)), gradients(output=upstream)]


@ResidualConnection.case("arrays that are not contiguous in memory work as well")
def strided(draw: Draw) -> Actions:
    return _connect(draw, Strided(draw.normal(BATCH, TOKENS, D_MODEL)), _sublayer(draw))


@ResidualConnection.case("float32 in, float32 out", tolerance=1e-5)
def single(draw: Draw) -> Actions:
    x = draw.normal(BATCH, TOKENS, D_MODEL, dtype="float32")
    return _connect(draw, x, _sublayer(draw, dtype="float32"), dtype="float32")


@ResidualConnection.case("in evaluation nothing is dropped")
def dropout_in_evaluation(draw: Draw) -> Actions:
    x, sublayer = draw.normal(BATCH, TOKENS, D_MODEL), _sublayer(draw)
    actions = _connect(draw, x, sublayer, dropout=DROPOUT)
    return [*actions, call(x, sublayer, returns=("output",), label="second call: ")]


@ResidualConnection.case("other sizes work as well", hidden=True)
def other_sizes_of_the_sum(draw: Draw) -> Actions:
    return _connect(draw, draw.normal(2, 7, 6), _sublayer(draw, 6), d_model=6)


def _trained_and_evaluated(draw: Draw, **options: float) -> Actions:
    """Show what is added to two known numbers and to zeros, in evaluation and in training."""
    weight, bias = draw.normal(D_MODEL, D_MODEL), draw.normal(D_MODEL)
    weight[:, :2], bias[:2] = 0, 0
    x = np.zeros((40, TOKENS, D_MODEL))
    x[..., :2] = ANCHORS
    unit = {"norm.gamma": np.ones(D_MODEL), "norm.beta": np.zeros(D_MODEL)}
    actions: Actions = [build(d_model=D_MODEL, **options), load(unit)]
    for training, label in ((False, "in evaluation: "), (True, "in training: ")):
        actions += [mode(training), call(x, Sublayer(weight, bias), returns=("output",), label=label)]
    return actions


@ResidualConnection.case(
    "in training some of the sublayer's output is dropped, before it is added, and the rest scaled up",
    view=dropout_view,
)
def dropout_in_training(draw: Draw) -> Actions:
    return _trained_and_evaluated(draw, dropout=DROPOUT)


@ResidualConnection.case("when dropout is left out, it is 0.1", view=partial(dropout_view, steps=10))
def dropout_left_out(draw: Draw) -> Actions:
    return _trained_and_evaluated(draw)


# ---- what every exercise is asked


def _asked(exercise: Exercise) -> Asked:
    def inputs(draw: Draw, batch: int, tokens: int) -> list:
        x = draw.normal(batch, tokens, D_MODEL)
        return [x, _sublayer(draw)] if exercise is ResidualConnection else [x]

    def run(draw: Draw, inputs: list, label: str = "") -> Actions:
        if exercise is ResidualConnection:
            return _connect(draw, *inputs, label=label)
        return _normalise(exercise, draw, inputs[0], label=label)

    return Asked(exercise, run, inputs)


def _add_families() -> None:
    for exercise in (layer_norm, LayerNorm, ResidualConnection):
        nothing_is_remembered(_asked(exercise))
        any_length(_asked(exercise))
    training_without_dropout(_asked(LayerNorm))
    training_without_dropout(_asked(ResidualConnection), dropout=0.0)


_add_families()


# ---- the test of it, written by a student

test_layer_norm = write_the_test(
    layer_norm,
    points=2,
    right=RIGHT,
    misconceptions=MISCONCEPTIONS,
    around=[
        ("all numbers are 0.1 % too large", "scaled", (1.001,)),
        ("0.001 is added to all numbers", "shifted", (0.001,)),
        ("the result is rounded to three digits behind the point", "rounded", (3,)),
        ("every sample of the batch gets the result of the first one", "first_of_batch", ()),
        ("the features come in the opposite order", "reversed_along", (-1,)),
        ("γ is ignored", "set_to", ("gamma", 1, 1.0)),
        ("β is ignored", "set_to", ("beta", 2, 0.0)),
        ("γ and β are exchanged", "exchanged", (1, 2)),
        ("eps is 1e-5, whatever is given", "set_to", ("eps", 3, 1e-5)),
        ("the caller's array is another one after the call", "changes_in_place", (0,)),
        ("a result is given again whenever the shapes are the same", "remembers", ()),
        ("inputs above 100 give nan", "overflows", (100.0,)),
    ],
)
