"""Unit 6, the decoder (section 3.1, figure 1 right): its exercises and their cases.

The wrong implementations are in `misconceptions`. Source and target differ in length, but for one case: some mistakes
crash on two lengths, and where there is only one they show numbers by which they can be recognised. No two norms are
alike, nor are the weights of self-attention and cross-attention, or those of two layers.
"""

from typing import Any, TypedDict

import numpy as np

from autograder.exercise import Actions, Exercise
from autograder.protocol.arguments import Strided
from autograder.protocol.probe import Action, arguments_after, build, call, gradients, load, mode
from autograder.random_inputs import Draw
from autograder.views.decoder import dropout_view
from autograder.views.encoder import different_rows
from instructor.bank.encoder import TINY, biases_alone
from instructor.bank.right_code.decoder import RIGHT
from instructor.bank.write_the_test import write_the_test
from instructor.families import (
    Asked,
    any_length,
    equal_sizes,
    nothing_is_remembered,
    one_object,
    training_without_dropout,
)
from instructor.misconceptions.decoder import MISCONCEPTIONS

__all__ = ["MISCONCEPTIONS"]

BATCH, TGT, SRC, HEADS, D_MODEL, D_FF = 3, 5, 7, 2, 8, 20
LINEAR = ("w_q", "w_k", "w_v", "w_o")
SUBLAYERS = {
    "self_attention": "self_attention.w_o.bias",
    "cross_attention": "cross_attention.w_o.bias",
    "feed_forward": "feed_forward.linear2.bias",
}
GRADIENTS = ("grad_x", "grad_memory", "grad_weights")
DROPOUT = 0.75
LAYER = "h = LN(x + SelfAttention(x)), c = LN(h + CrossAttention(h, memory)), y = LN(c + FFN(c))"
STACK = "Decoder(x, memory) = Layer_N(… Layer₁(x, memory), memory)"


decoder_layer = Exercise("decoder_layer", points=4, section="3.1", equation=LAYER, tolerance=1e-9)
decoder = Exercise("decoder", points=1, section="3.1", equation=STACK, tolerance=1e-9)
DecoderLayer = Exercise("DecoderLayer", points=5, section="3.1", equation=LAYER, tolerance=1e-9)
Decoder = Exercise("Decoder", points=2, section="3.1", equation=STACK, tolerance=1e-9)
decoder_layer_backward = Exercise(
    "decoder_layer_backward",
    points=3,
    section="3.1",
    equation="∂L/∂memory = ∂L/∂K + ∂L/∂V of the cross-attention, and every residual adds its two gradients",
    tolerance=1e-9,
    bonus=True,
)


class Masks(TypedDict):
    """The masks of a call."""

    tgt_mask: np.ndarray | Strided
    memory_mask: np.ndarray | Strided


def _weights(draw: Draw, d_model: int = D_MODEL, d_ff: int = D_FF, dtype: str = "float64") -> dict[str, np.ndarray]:
    """The random weights of one layer, under the names of its state dict."""
    attentions = tuple(f"{kind}_attention.{name}" for kind in ("self", "cross") for name in LINEAR)
    weights = draw.linear(attentions, d_model, d_model, dtype)
    weights |= draw.linear(("feed_forward.linear1",), d_ff, d_model, dtype)
    weights |= draw.linear(("feed_forward.linear2",), d_model, d_ff, dtype)
    norms = [f"residual{number}.norm.{name}" for number in (1, 2, 3) for name in ("gamma", "beta")]
    return weights | {name: draw.normal(d_model, dtype=dtype) for name in norms}


def _inputs(
    draw: Draw, batch: int = BATCH, tgt: int = TGT, src: int = SRC, d_model: int = D_MODEL, dtype: str = "float64"
) -> list:
    return [draw.normal(batch, tgt, d_model, dtype=dtype), draw.normal(batch, src, d_model, dtype=dtype)]


def _causal(tokens: int) -> np.ndarray:
    return np.tril(np.ones((tokens, tokens), dtype=bool))


def _padding(draw: Draw, tokens: int, batch: int = BATCH) -> np.ndarray:
    """(batch, 1, 1, tokens), every sample with a length of its own."""
    return (draw.tokens(batch, tokens, vocabulary=11, pad_id=0) != 0)[:, None, None]


def _both_masks(draw: Draw, tgt: int = TGT, src: int = SRC, batch: int = BATCH) -> Masks:
    """A padded, causal target and a padded source."""
    tgt_mask = _padding(draw, tgt, batch) & _causal(tgt)
    return Masks(tgt_mask=tgt_mask, memory_mask=_padding(draw, src, batch))


def _run(
    exercise: Exercise,
    draw: Draw,
    inputs: list,
    num_layers: int = 2,
    num_heads: int = HEADS,
    d_ff: int = D_FF,
    dtype: str = "float64",
    in_order: tuple[np.ndarray, ...] = (),
    **options: Any,
) -> Actions:
    """Call the function with random weights, or construct the module, load such weights and call it in evaluation."""
    d_model = np.shape(getattr(inputs[0], "array", inputs[0]))[-1]
    layers = [_weights(draw, d_model, d_ff, dtype) for _ in range(num_layers if _is_stack(exercise) else 1)]
    if exercise.library == "numpy":
        weights = layers if _is_stack(exercise) else layers[0]
        return [call(*inputs, weights, num_heads, *in_order, returns=("output",), **options)]
    made = _made(exercise, layers, num_heads, dtype=dtype)
    return [*made, mode(training=False), call(*inputs, *in_order, returns=("output",), **options)]


def _is_stack(exercise: Exercise) -> bool:
    return exercise in (decoder, Decoder)


def _made(exercise: Exercise, layers: list[dict], num_heads: int, dtype: str = "float64", **options: Any) -> Actions:
    """Construct the module and load the weights of its layers."""
    d_ff, d_model = layers[0]["feed_forward.linear1.weight"].shape
    sizes = {"d_model": d_model, "num_heads": num_heads, "d_ff": d_ff, **options}
    if not _is_stack(exercise):
        return [build(**sizes), load(layers[0], dtype)]
    state = {f"layers.{i}.{name}": array for i, weights in enumerate(layers) for name, array in weights.items()}
    return [build(num_layers=len(layers), **sizes), load(state, dtype)]


def _layer_cases(exercise: Exercise) -> None:
    """The cases that the function and the module of one layer share."""

    @exercise.case("self-attention, attention to the memory, feed-forward: each is added to its input, and normalised")
    def plain(draw: Draw) -> Actions:
        return _run(exercise, draw, _inputs(draw))

    @exercise.case("a target position never sees a later one, and sees the whole memory")
    def causal(draw: Draw) -> Actions:
        return _run(exercise, draw, _inputs(draw), tgt_mask=_causal(TGT))

    @exercise.case("the source's padding is never looked at")
    def padded_source(draw: Draw) -> Actions:
        return _run(exercise, draw, _inputs(draw), memory_mask=_padding(draw, SRC))

    @exercise.case("each attention obeys its own mask, where the source is padded and the target padded and causal")
    def both_masks(draw: Draw) -> Actions:
        return _run(exercise, draw, _inputs(draw), **_both_masks(draw))

    @exercise.case(
        "each mask is used exactly as it is given: nothing else is hidden, and nothing is shown that it hides"
    )
    def any_mask(draw: Draw) -> Actions:
        masks = draw.mask(BATCH, 1, TGT, TGT), draw.mask(BATCH, 1, TGT, SRC)
        return _run(exercise, draw, _inputs(draw), in_order=masks)

    @exercise.case("keys and values are those of the memory, also where it is as long as the target")
    def equal_lengths(draw: Draw) -> Actions:
        masked = _run(exercise, draw, _inputs(draw, tgt=6, src=6), **_both_masks(draw, 6, 6), label="masked: ")
        return [*masked, *_again(masked, draw, tgt=6, src=6, label="no masks: ")]

    @exercise.case("one target token is enough, as in the first step of generation")
    def one_token(draw: Draw) -> Actions:
        return _run(exercise, draw, _inputs(draw, tgt=1))

    @exercise.case("the caller's arrays are left as they were")
    def arguments_unchanged(draw: Draw) -> Actions:
        return [*_run(exercise, draw, _inputs(draw), **_both_masks(draw)), arguments_after()]

    @exercise.case("arrays that are not contiguous in memory work as well")
    def not_contiguous(draw: Draw) -> Actions:
        tgt_mask, memory_mask = _padding(draw, TGT) & _causal(TGT), _padding(draw, SRC)
        masks = Masks(tgt_mask=Strided(tgt_mask), memory_mask=Strided(memory_mask))
        return _run(exercise, draw, [Strided(x) for x in _inputs(draw)], **masks)

    @exercise.case("masks broadcast in every way, each on its own", hidden=True)
    def broadcast_masks(draw: Draw) -> Actions:
        shapes = [((TGT,), (BATCH, HEADS, TGT, SRC)), ((HEADS, TGT, TGT), (SRC,)), ((BATCH, 1, 1, TGT), (TGT, SRC))]
        actions: Actions = []
        for tgt, memory in shapes:
            options: dict[str, Any] = {"tgt_mask": draw.mask(*tgt), "memory_mask": draw.mask(*memory)}
            options["label"] = f"masks of shapes {tgt} and {memory}: "
            inputs = _inputs(draw)
            actions += _again(actions, draw, **options) if actions else _run(exercise, draw, inputs, **options)
        return actions

    @exercise.case("other sizes, and a target that is longer than its source", hidden=True)
    def other_sizes(draw: Draw) -> Actions:
        inputs = _inputs(draw, batch=2, tgt=6, src=3, d_model=16)
        return _run(exercise, draw, inputs, num_heads=4, d_ff=10, **_both_masks(draw, 6, 3, batch=2))


def _again(actions: Actions, draw: Draw, tgt: int = TGT, src: int = SRC, **options: Any) -> list[Action]:
    """One more call of what `steps` called, with the same weights and other inputs."""
    rest = actions[-1]["arguments"][2:]
    return [call(*_inputs(draw, tgt=tgt, src=src), *rest, returns=("output",), **options)]


_layer_cases(decoder_layer)
_layer_cases(DecoderLayer)


@decoder_layer.case("weights are found by name, whatever their order, and entries that are not needed are ignored")
def shuffled_weights(draw: Draw) -> Actions:
    weights = _weights(draw) | draw.linear(("self_attention.spare", "feed_forward.linear3"), D_MODEL, D_MODEL)
    names = draw.generator.permutation(sorted(weights))
    return [call(*_inputs(draw), {str(name): weights[name] for name in names}, HEADS, returns=("output",))]


def _stack_cases(exercise: Exercise) -> None:
    """The cases that the function and the module of the stack share."""

    @exercise.case("every layer gets what the layer below returned, has weights of its own, and reads the same memory")
    def two_layers(draw: Draw) -> Actions:
        return _run(exercise, draw, _inputs(draw))

    @exercise.case("both masks reach every layer")
    def masks_in_every_layer(draw: Draw) -> Actions:
        return _run(exercise, draw, _inputs(draw), num_layers=3, **_both_masks(draw))

    @exercise.case("a stack of one layer is this layer, with nothing after it")
    def one_layer(draw: Draw) -> Actions:
        masks = Masks(tgt_mask=draw.mask(TGT, TGT), memory_mask=draw.mask(BATCH, 1, 1, SRC))
        return _run(exercise, draw, _inputs(draw), num_layers=1, **masks)

    @exercise.case("the caller's arrays and list are left as they were")
    def arguments_unchanged(draw: Draw) -> Actions:
        return [*_run(exercise, draw, _inputs(draw), **_both_masks(draw)), arguments_after()]

    @exercise.case("source and target of one length are still two different things")
    def equal_lengths(draw: Draw) -> Actions:
        return _run(exercise, draw, _inputs(draw, tgt=6, src=6), **_both_masks(draw, 6, 6))

    @exercise.case("more layers, other sizes, and a target that is longer than its source", hidden=True)
    def other_sizes(draw: Draw) -> Actions:
        inputs = _inputs(draw, batch=2, tgt=6, src=3, d_model=16)
        masks = Masks(tgt_mask=draw.mask(6, 6), memory_mask=draw.mask(2, 1, 1, 3))
        return _run(exercise, draw, inputs, num_layers=5, num_heads=4, d_ff=10, **masks)


_stack_cases(decoder)
_stack_cases(Decoder)


def _dropout_steps(exercise: Exercise, draw: Draw, dropped: list[tuple[int, str]], num_layers: int) -> Actions:
    """Train on equal rows, once for each (layer, sublayer) in `dropped`: all sublayers but this one return zeros."""
    x = np.broadcast_to(draw.normal(D_MODEL), (40, 25, D_MODEL))
    memory = draw.normal(40, SRC, D_MODEL)
    layers = [_weights(draw) for _ in range(num_layers)]
    silent = [{n: w if ".norm." in n else np.zeros_like(w) for n, w in weights.items()} for weights in layers]
    actions: Actions = []
    for number, sublayer in dropped:
        speaking = [dict(weights) for weights in silent]
        speaking[number][SUBLAYERS[sublayer]] = np.eye(D_MODEL)[0]
        made = _made(exercise, speaking, HEADS, dropout=DROPOUT)
        label = f"in training, {sublayer} of layer {number}: " if num_layers > 1 else f"in training, {sublayer}: "
        actions += made[1:] if actions else made
        actions += [mode(training=True), call(x, memory, returns=("output",), label=label)]
    return actions


def _module_cases(exercise: Exercise, dropped: list[tuple[int, str]], num_layers: int, single: float) -> None:
    """The cases that only the PyTorch wing has, for the layer and the stack."""

    @exercise.case("the gradient reaches the target, the memory and every parameter")
    def gradient(draw: Draw) -> Actions:
        actions = _run(exercise, draw, _inputs(draw), **_both_masks(draw))
        return [*actions, gradients(output=draw.normal(BATCH, TGT, D_MODEL))]

    @exercise.case("float32 in, float32 out", tolerance=single)
    def single_precision(draw: Draw) -> Actions:
        return _run(exercise, draw, _inputs(draw, dtype="float32"), dtype="float32", **_both_masks(draw))

    @exercise.case("in evaluation nothing is dropped")
    def dropout_in_evaluation(draw: Draw) -> Actions:
        inputs, layers = _inputs(draw), [_weights(draw) for _ in range(num_layers)]
        calls = [call(*inputs, returns=("output",), label=label) for label in ("first call: ", "second call: ")]
        return [*_made(exercise, layers, HEADS, dropout=DROPOUT), mode(training=False), *calls]

    @exercise.case(
        "in training what a sublayer returns is dropped once, before it is added", view=dropout_view, tolerance=1e-5
    )
    def dropout_in_training(draw: Draw) -> Actions:
        return _dropout_steps(exercise, draw, dropped, num_layers)


def _ways_to_drop(exercise: Exercise) -> None:
    @exercise.case(
        "dropout is drawn for each number by itself, in all three sublayers and nowhere else",
        view=different_rows,
        tolerance=1e-5,
    )
    def ways_to_drop(draw: Draw) -> Actions:
        d_model = TINY["d_model"]
        x = np.broadcast_to(draw.normal(d_model), (500, 10, d_model))
        memory = np.broadcast_to(draw.normal(d_model), (500, 2, d_model))
        weights = biases_alone(_weights(draw, d_model, TINY["d_ff"]), tuple(SUBLAYERS.values()), draw)
        actions = _made(exercise, [weights], TINY["num_heads"], dropout=0.5)
        for training, when in ((False, "in evaluation"), (True, "in training")):
            actions += [mode(training), call(x, memory, returns=("output",), label=f"{when}: ")]
        return actions


_module_cases(DecoderLayer, [(0, sublayer) for sublayer in SUBLAYERS], num_layers=1, single=1e-5)
_module_cases(Decoder, [(0, "cross_attention"), (1, "feed_forward")], num_layers=2, single=2e-5)
_ways_to_drop(DecoderLayer)
_ways_to_drop(Decoder)


def _backward(draw: Draw, inputs: list, num_heads: int = HEADS, d_ff: int = D_FF, **options: Any) -> Actions:
    batch, tokens, d_model = np.shape(getattr(inputs[0], "array", inputs[0]))
    upstream, weights = draw.normal(batch, tokens, d_model), _weights(draw, d_model, d_ff)
    return [call(upstream, *inputs, weights, num_heads, returns=GRADIENTS, **options)]


@decoder_layer_backward.case("every path of the forward pass brings its gradient back, and they add up")
def backward_without_masks(draw: Draw) -> Actions:
    return _backward(draw, _inputs(draw))


@decoder_layer_backward.case("hidden keys get no gradient: neither future targets nor padding")
def backward_with_masks(draw: Draw) -> Actions:
    return _backward(draw, _inputs(draw), **_both_masks(draw))


@decoder_layer_backward.case("the caller's arrays are left as they were")
def backward_leaves_arguments(draw: Draw) -> Actions:
    return [*_backward(draw, _inputs(draw), **_both_masks(draw)), arguments_after()]


@decoder_layer_backward.case("one target token is enough, and so is one source token")
def backward_of_one_token(draw: Draw) -> Actions:
    return [
        *_backward(draw, _inputs(draw, tgt=1), label="one target token: "),
        *_backward(draw, _inputs(draw, src=1), label="one source token: "),
    ]


@decoder_layer_backward.case("other sizes, and masks that broadcast in other ways", hidden=True)
def backward_of_other_sizes(draw: Draw) -> Actions:
    inputs = _inputs(draw, batch=2, tgt=6, src=3, d_model=16)
    masks = Masks(tgt_mask=draw.mask(6), memory_mask=draw.mask(4, 6, 3))
    return _backward(draw, [Strided(x) for x in inputs], num_heads=4, d_ff=10, **masks)


# ---- what every exercise is asked


def _asked(exercise: Exercise, more_in_memory: int = 2) -> Asked:
    def inputs(draw: Draw, batch: int, tokens: int) -> list:
        return _inputs(draw, batch, tokens, tokens + more_in_memory)

    def masks(draw: Draw, batch: int, tokens: int) -> dict[str, Any]:
        return {"tgt_mask": _causal(tokens), "memory_mask": draw.mask(batch, 1, 1, tokens + more_in_memory)}

    def run(draw: Draw, inputs: list, **options: Any) -> Actions:
        return _run(exercise, draw, inputs, **options)

    return Asked(exercise, run, inputs, masks)


def _add_families() -> None:
    for exercise in (decoder_layer, decoder, DecoderLayer, Decoder):
        nothing_is_remembered(_asked(exercise))
        any_length(_asked(exercise))
        equal_sizes(_asked(exercise, more_in_memory=0))
        one_object(
            _asked(exercise, more_in_memory=0),
            *(0, 1),
            promise="target and memory may be one and the same array, and the next call is not affected",
        )
        if exercise.library == "torch":
            training_without_dropout(_asked(exercise), silenced="feed_forward.linear2.weight", dropout=0.0)


_add_families()


# ---- the test of it, written by a student

test_decoder_layer = write_the_test(
    decoder_layer,
    points=2,
    right=RIGHT,
    misconceptions=MISCONCEPTIONS,
    around=[
        ("all numbers are 0.1 % too large", "scaled", (1.001,)),
        ("0.001 is added to all numbers", "shifted", (0.001,)),
        ("the result is rounded to three digits behind the point", "rounded", (3,)),
        ("every sample of the batch gets the result of the first one", "first_of_batch", ()),
        ("tgt_mask is ignored", "ignored", ("tgt_mask", 4)),
        ("memory_mask is ignored", "ignored", ("memory_mask", 5)),
        ("memory_mask is read the wrong way round: True hides a key", "inverted", ("memory_mask", 5)),
        ("the memory mask of the first sample is used for the whole batch", "first_mask", ("memory_mask", 5)),
        ("the heads are all but one ignored: num_heads is taken to be 1", "set_to", ("num_heads", 3, 1)),
        ("the bias of the values of cross-attention is ignored", "without_weight", ("cross_attention.w_v.bias", 2)),
        ("β of the third norm is ignored", "without_weight", ("residual3.norm.beta", 2)),
        ("the caller's memory is another one after the call", "changes_in_place", (1,)),
        ("a result is given again whenever the shapes are the same", "remembers", ()),
    ],
)
