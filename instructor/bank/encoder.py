"""Unit 5, the encoder (section 3.1, figure 1 left): its exercises and their cases.

All sizes differ: batch 3, tokens 5, heads 2, d_k 4, d_model 8, d_ff 20. Every layer of a stack has weights of its own,
and every norm a gain and a shift far from their initial values, so that none can stand in for another.
"""

from typing import Any

import numpy as np

from autograder.exercise import Actions, Exercise
from autograder.protocol.arguments import Strided
from autograder.protocol.probe import arguments_after, build, call, gradients, load, mode
from autograder.random_inputs import Draw
from autograder.views.encoder import LARGE, ONLY_BIAS, PLAIN_X, PROBED, different_rows, dropout_view
from instructor.bank.right_code.encoder import RIGHT
from instructor.bank.write_the_test import write_the_test
from instructor.families import Asked, any_length, equal_sizes, nothing_is_remembered, training_without_dropout
from instructor.misconceptions.encoder import MISCONCEPTIONS

__all__ = ["MISCONCEPTIONS"]

BATCH, TOKENS, HEADS, D_MODEL, D_FF, LAYERS = 3, 5, 2, 8, 20, 3
SIZES = {"d_model": D_MODEL, "num_heads": HEADS, "d_ff": D_FF}
OTHER_SIZES = {"d_model": 16, "num_heads": 4, "d_ff": 24}
MAPS = tuple(f"self_attention.{name}" for name in ("w_q", "w_k", "w_v", "w_o"))
DROPOUT = 0.75
LAYER = "h = LayerNorm(x + SelfAttention(x)), y = LayerNorm(h + FFN(h))"
STACK = "Encoder(x) = Layer_N(… Layer₁(x))"


encoder_layer = Exercise("encoder_layer", points=4, section="3.1", equation=LAYER, tolerance=1e-9)
encoder = Exercise("encoder", points=1, section="3.1", equation=STACK, tolerance=1e-9)
EncoderLayer = Exercise("EncoderLayer", points=4, section="3.1", equation=LAYER, tolerance=1e-9)
Encoder = Exercise("Encoder", points=2, section="3.1", equation=STACK, tolerance=1e-9)
encoder_layer_backward = Exercise(
    "encoder_layer_backward",
    points=2,
    section="3.1",
    equation="∂L/∂x of y = LayerNorm(h + FFN(h)), h = LayerNorm(x + SelfAttention(x))",
    tolerance=1e-9,
    bonus=True,
)


def _weights(
    draw: Draw, dtype: str = "float64", /, d_model: int = D_MODEL, d_ff: int = D_FF, **_: int
) -> dict[str, np.ndarray]:
    """Random weights of one layer, under their names in a state dict."""
    weights = draw.linear(MAPS, d_model, d_model, dtype)
    weights |= draw.linear(("feed_forward.linear1",), d_ff, d_model, dtype)
    weights |= draw.linear(("feed_forward.linear2",), d_model, d_ff, dtype)
    for norm in ("residual1.norm", "residual2.norm"):
        weights[f"{norm}.gamma"] = (1 + draw.normal(d_model, scale=0.4)).astype(dtype)
        weights[f"{norm}.beta"] = draw.normal(d_model, dtype=dtype)
    return weights


def _numbered(layers: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The state dict of a stack."""
    return {f"layers.{i}.{name}": array for i, weights in enumerate(layers) for name, array in weights.items()}


def _x(draw: Draw, batch: int = BATCH, tokens: int = TOKENS, d_model: int = D_MODEL) -> np.ndarray:
    return draw.normal(batch, tokens, d_model)


def _run(exercise: Exercise, draw: Draw, x: object, sizes: dict[str, int] = SIZES, **options: Any) -> Actions:
    """Call the function with random weights, or construct the module, load such weights and call it in evaluation."""
    stack = exercise.name.lower() == "encoder"
    layers = options.pop("layers", LAYERS if stack else 1)
    dtype = str(getattr(x, "dtype", "float64"))
    weights = [_weights(draw, dtype, **sizes) for _ in range(layers)]
    if exercise.library == "numpy":
        given = weights if stack else weights[0]
        return [call(x, given, sizes["num_heads"], returns=("output",), **options)]
    made = build(num_layers=layers, **sizes) if stack else build(**sizes)
    loaded = load(_numbered(weights) if stack else weights[0], dtype)
    return [made, loaded, mode(training=False), call(x, returns=("output",), **options)]


_HIDDEN_ROW = np.zeros((BATCH, TOKENS), dtype=bool)
_HIDDEN_ROW[1, 2] = True


def _shared_cases(exercise: Exercise, whole: str) -> None:
    """The cases of layers and stacks, functions and modules alike; `whole` says what the first one promises."""

    @exercise.case(whole)
    def plain(draw: Draw) -> Actions:
        return _run(exercise, draw, _x(draw))

    @exercise.case("padding is never looked at")
    def padding(draw: Draw) -> Actions:
        return _run(exercise, draw, _x(draw), mask=draw.mask(BATCH, 1, 1, TOKENS))

    @exercise.case("every sample of a batch has its own mask, and every query its own row of it")
    def mask(draw: Draw) -> Actions:
        return _run(exercise, draw, _x(draw), mask=draw.mask(BATCH, 1, TOKENS, TOKENS))

    @exercise.case("the caller's arrays are left as they were")
    def arguments_unchanged(draw: Draw) -> Actions:
        return [*_run(exercise, draw, _x(draw), mask=draw.mask(BATCH, 1, 1, TOKENS)), arguments_after()]

    @exercise.case("other sizes, and a mask of its own for each head", hidden=True)
    def other_sizes(draw: Draw) -> Actions:
        x = _x(draw, batch=2, tokens=6, d_model=16)
        return _run(exercise, draw, x, OTHER_SIZES, mask=draw.mask(2, 4, 6, 6))


def _layer_cases(exercise: Exercise) -> None:
    """What only one layer is asked."""

    @exercise.case("arrays that are not contiguous in memory work as well")
    def not_contiguous(draw: Draw) -> Actions:
        return _run(exercise, draw, Strided(_x(draw)), mask=Strided(draw.mask(BATCH, 1, TOKENS, TOKENS)))

    @exercise.case(
        "a token that may attend to nothing gets a finite output, and does not change the others",
        ungraded=lambda: {"output": np.repeat(_HIDDEN_ROW[..., None], D_MODEL, axis=-1)},
    )
    def nothing_to_see(draw: Draw) -> Actions:
        visible = draw.mask(BATCH, 1, TOKENS, TOKENS) & ~_HIDDEN_ROW[:, None, :, None]
        return _run(exercise, draw, _x(draw), mask=visible)


def _stack_cases(exercise: Exercise) -> None:
    """What only a stack is asked."""

    @exercise.case("a stack of one layer is that layer, with no norm after it")
    def one_layer(draw: Draw) -> Actions:
        return _run(exercise, draw, _x(draw), layers=1, mask=draw.mask(TOKENS))

    @exercise.case("as many layers as are asked for, one after the other", hidden=True)
    def four_layers(draw: Draw) -> Actions:
        return _run(exercise, draw, _x(draw), layers=4)


_LAYER_PROMISE = "self-attention comes first, then the feed-forward network, and each sum x + Sublayer(x) is normalised"
_STACK_PROMISE = "every layer takes what the layer before it returned, and has weights of its own"
_shared_cases(encoder_layer, _LAYER_PROMISE)
_layer_cases(encoder_layer)
_shared_cases(encoder, _STACK_PROMISE)
_stack_cases(encoder)
_shared_cases(EncoderLayer, _LAYER_PROMISE)
_layer_cases(EncoderLayer)
_shared_cases(Encoder, _STACK_PROMISE)
_stack_cases(Encoder)


@encoder_layer.case("entries of `weights` that are not needed are ignored", hidden=True)
def spare_weights(draw: Draw) -> Actions:
    spare = {"residual3.norm.gamma": draw.normal(D_MODEL), "cross_attention.w_q.weight": draw.normal(D_MODEL, D_MODEL)}
    return [call(_x(draw), spare | _weights(draw), HEADS, returns=("output",))]


# ---- what only modules are asked


def _gradient(exercise: Exercise) -> None:
    @exercise.case("the gradient reaches the input and every parameter")
    def gradient_everywhere(draw: Draw) -> Actions:
        upstream = _x(draw)
        return [*_run(exercise, draw, _x(draw), mask=draw.mask(BATCH, 1, 1, TOKENS)), gradients(output=upstream)]


def _single_precision(exercise: Exercise, tolerance: float) -> None:
    @exercise.case("float32 in, float32 out", tolerance=tolerance)
    def single_precision(draw: Draw) -> Actions:
        return _run(exercise, draw, _x(draw).astype(np.float32), mask=draw.mask(BATCH, 1, 1, TOKENS))


def _dropout(exercise: Exercise, **sizes: int) -> None:
    numbered = (lambda weights: _numbered([weights])) if "num_layers" in sizes else (lambda weights: weights)

    @exercise.case("in evaluation nothing is dropped")
    def dropout_in_evaluation(draw: Draw) -> Actions:
        x, weights = _x(draw), _weights(draw)
        calls = [call(x, returns=("output",), label=label) for label in ("first call: ", "second call: ")]
        return [build(**sizes, **SIZES, dropout=DROPOUT), load(numbered(weights)), mode(training=False), *calls]

    @exercise.case(
        "in training part of each sublayer's output is dropped before x is added; the expected value stays the same",
        view=dropout_view,
    )
    def dropout_in_training(draw: Draw) -> Actions:
        actions = [build(**sizes, **SIZES, dropout=DROPOUT)]
        for name, bias in ONLY_BIAS.items():
            actions.append(load(numbered(_only(bias, draw))))
            for training, when in ((False, "in evaluation"), (True, "in training")):
                actions += [mode(training), call(PLAIN_X, returns=("output",), label=f"{name}, {when}: ")]
        return actions


def _only(bias: str, draw: Draw) -> dict[str, np.ndarray]:
    weights = {name: np.zeros_like(array) for name, array in _weights(draw).items()}
    weights[bias][PROBED] = draw.generator.uniform(1, 2, D_MODEL - PROBED.start)
    gain = np.full(D_MODEL, LARGE / np.sqrt(D_MODEL / 2))
    return weights | {"residual1.norm.gamma": gain, "residual2.norm.gamma": gain}


# Three features, of which each sublayer changes two by a bias, and thousands of equal rows: every way to drop numbers
# occurs, so the different rows do not depend on random numbers.
TINY = {"d_model": 3, "num_heads": 1, "d_ff": 4}


def biases_alone(weights: dict[str, np.ndarray], biases: tuple[str, ...], draw: Draw) -> dict[str, np.ndarray]:
    """The norms' weights as they are, and zeros for all others but the first two numbers of some biases."""
    speaking = {n: w if ".norm." in n else np.zeros_like(w) for n, w in weights.items()}
    for name in biases:
        speaking[name][:2] = draw.generator.uniform(1, 2, 2)
    return speaking


def _ways_to_drop(exercise: Exercise, **sizes: int) -> None:
    @exercise.case(
        "dropout is drawn for each number by itself, in both sublayers and nowhere else",
        view=different_rows,
        tolerance=1e-5,
    )
    def ways_to_drop(draw: Draw) -> Actions:
        x = np.broadcast_to(draw.normal(TINY["d_model"]), (200, 10, TINY["d_model"]))
        weights = biases_alone(_weights(draw, **TINY), tuple(ONLY_BIAS.values()), draw)
        made = [build(**sizes, **TINY, dropout=0.5), load(_numbered([weights]) if sizes else weights)]
        for training, when in ((False, "in evaluation"), (True, "in training")):
            made += [mode(training), call(x, returns=("output",), label=f"{when}: ")]
        return made


_gradient(EncoderLayer)
_single_precision(EncoderLayer, 1e-5)
_dropout(EncoderLayer)
_ways_to_drop(EncoderLayer)
_gradient(Encoder)
_single_precision(Encoder, 2e-5)
_dropout(Encoder, num_layers=1)
_ways_to_drop(Encoder, num_layers=1)


# ---- the backward pass


def _backward(draw: Draw, x: np.ndarray | Strided, sizes: dict[str, int] = SIZES, **options: Any) -> Actions:
    grad_output = draw.normal(*(x.array if isinstance(x, Strided) else x).shape)
    returns = ("grad_x", "grad_weights")
    return [call(grad_output, x, _weights(draw, **sizes), sizes["num_heads"], returns=returns, **options)]


@encoder_layer_backward.case("the two paths of every residual connection add up, and so do the three of self-attention")
def plain(draw: Draw) -> Actions:
    return _backward(draw, _x(draw))


@encoder_layer_backward.case("no gradient passes through a hidden key")
def padding(draw: Draw) -> Actions:
    return _backward(draw, _x(draw), mask=draw.mask(BATCH, 1, 1, TOKENS))


@encoder_layer_backward.case("the caller's arrays are left as they were")
def arguments_unchanged(draw: Draw) -> Actions:
    return [*_backward(draw, _x(draw), mask=draw.mask(BATCH, 1, TOKENS, TOKENS)), arguments_after()]


@encoder_layer_backward.case("arrays that are not contiguous in memory work as well")
def not_contiguous(draw: Draw) -> Actions:
    return _backward(draw, Strided(_x(draw)))


@encoder_layer_backward.case("other sizes, and a mask of its own for each head", hidden=True)
def other_sizes(draw: Draw) -> Actions:
    return _backward(draw, _x(draw, batch=2, tokens=6, d_model=16), OTHER_SIZES, mask=draw.mask(2, 4, 6, 6))


# ---- what every exercise is asked


def _asked(exercise: Exercise) -> Asked:
    def inputs(draw: Draw, batch: int, tokens: int) -> list:
        return [_x(draw, batch, tokens)]

    def masks(draw: Draw, batch: int, tokens: int) -> dict[str, Any]:
        shape = (batch, 1, tokens, tokens)
        return {"mask": draw.mask(*shape) if tokens > 1 else np.ones(shape, dtype=bool)}

    def run(draw: Draw, inputs: list, **options: Any) -> Actions:
        return _run(exercise, draw, inputs[0], **options)

    return Asked(exercise, run, inputs, masks)


def _add_families() -> None:
    for exercise in (encoder_layer, encoder, EncoderLayer, Encoder):
        nothing_is_remembered(_asked(exercise))
        any_length(_asked(exercise))
        equal_sizes(_asked(exercise))
        if exercise.library == "torch":
            training_without_dropout(_asked(exercise), silenced="feed_forward.linear2.weight", dropout=0.0)


_add_families()


# ---- the test of it, written by a student

test_encoder_layer = write_the_test(
    encoder_layer,
    points=2,
    right=RIGHT,
    misconceptions=MISCONCEPTIONS,
    around=[
        ("all numbers are 0.1 % too large", "scaled", (1.001,)),
        ("0.001 is added to all numbers", "shifted", (0.001,)),
        ("the result is rounded to three digits behind the point", "rounded", (3,)),
        ("every sample of the batch gets the result of the first one", "first_of_batch", ()),
        ("the mask is ignored", "ignored", ("mask", 3)),
        ("the mask is read the wrong way round: True hides a key", "inverted", ("mask", 3)),
        ("the mask of the first sample is used for the whole batch", "first_mask", ("mask", 3)),
        ("the heads are all but one ignored: num_heads is taken to be 1", "set_to", ("num_heads", 2, 1)),
        (
            "the bias of the first linear map of the feed-forward network is ignored",
            "without_weight",
            ("linear1.bias", 1),
        ),
        ("β of the second norm is ignored", "without_weight", ("residual2.norm.beta", 1)),
        ("the caller's array is another one after the call", "changes_in_place", (0,)),
        ("a result is given again whenever the shapes are the same", "remembers", ()),
    ],
)
