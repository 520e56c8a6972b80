"""Questions about a value: inputs so small that the answer can be found with a pencil, and which part is asked for.

The numbers are drawn. The answer is never written here: the student's own function gives it, in the worker.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from autograder.protocol.arguments import Array
from autograder.protocol.probe import Action, Observation, call, plain
from autograder.random_inputs import Draw

LEAST, MOST = 1, 6  # weights are shares of small whole numbers


@dataclass(frozen=True)
class ValueQuestion:
    """A call, how it is written, what is asked about it, and how the answer is read off what was returned."""

    action: Action
    given: tuple[str, ...]
    question: str
    read: Callable[[Observation], str]


Maker = Callable[[Draw], ValueQuestion]
MAKERS: dict[str, Maker] = {}


def about(exercise: str) -> Callable[[Maker], Maker]:
    """Decorate the function that makes an exercise's question."""

    def add(maker: Maker) -> Maker:
        MAKERS[exercise] = maker
        return maker

    return add


def write_numbers(array: Array) -> str:
    """An array in digits, to three decimals and without needless zeros."""
    array = np.asarray(array)
    if array.dtype == bool or array.dtype.kind in "iu":
        return str(array.tolist())
    if not np.isfinite(array).all():
        return str(array.tolist())
    return str(np.round(array.astype(float) + 0.0, 3).tolist())


def _read(name: str, *index: int) -> Callable[[Observation], str]:
    def read(seen: Observation) -> str:
        return write_numbers(seen.arrays[name][index])

    return read


def _read_text(name: str) -> Callable[[Observation], str]:
    """What is plain Python data has been written out as bytes, an entry a line; a number is a number."""

    def read(seen: Observation) -> str:
        array = seen.arrays[name]
        if array.dtype != np.uint8:
            return f"{float(array):.4g}"
        return ", ".join(array.tobytes().decode("utf-8", "replace").split("\n"))

    return read


def _draw_whole(draw: Draw, *shape: int) -> Array:
    return draw.generator.integers(LEAST, MOST, shape)


def _draw_different(draw: Draw, count: int) -> list[int]:
    """Different whole numbers, so that no two places of an answer are the same."""
    return [int(number) for number in draw.generator.permutation(np.arange(LEAST, MOST + count))[:count]]


def _logarithms(numbers: list[int]) -> str:
    return ", ".join(f"ln {number}" for number in numbers)


@about("softmax")
def _softmax(draw: Draw) -> ValueQuestion:
    numbers = _draw_different(draw, 3)
    action = call(np.log(np.array(numbers, dtype=float)), returns=("output",))
    return ValueQuestion(
        action,
        (f"x = [{_logarithms(numbers)}]",),
        "What does your `softmax(x)` return?",
        _read("output"),
    )


@about("scaled_dot_product_attention")
def _attention(draw: Draw) -> ValueQuestion:
    numbers = _draw_different(draw, 3)
    hidden = int(draw.generator.integers(0, 3))
    q = np.zeros((2, 4))
    q[1, :3] = 2 * np.log(numbers)
    k, v = np.eye(3, 4), _draw_whole(draw, 3, 2).astype(float)
    mask = np.ones((2, 3), dtype=bool)
    mask[1, hidden] = False
    query = ", ".join(f"2 ln {number}" for number in numbers)
    given = (
        f"q = [[0, 0, 0, 0], [{query}, 0]]",
        "k = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]",
        f"v = {v.astype(int).tolist()}",
        f"mask = {mask.tolist()}",
    )
    return ValueQuestion(
        call(q, k, v, mask, returns=("output", "attention_weights")),
        given,
        "What attention weights does your `scaled_dot_product_attention` return for the second query?",
        _read("attention_weights", 1),
    )


@about("causal_mask")
def _causal(draw: Draw) -> ValueQuestion:
    tokens = int(draw.generator.integers(4, 8))
    row = int(draw.generator.integers(1, tokens - 1))
    question = f"What is in row {row} of the mask that your `causal_mask` returns? The first row is row 0."
    return ValueQuestion(call(tokens, returns=("mask",)), (f"num_tokens = {tokens}",), question, _read("mask", row))


@about("padding_mask")
def _padding(draw: Draw) -> ValueQuestion:
    pad = int(draw.generator.integers(0, 4))
    ids = np.array([[pad + 1, pad + 2, pad, pad], [pad + 3, pad + 1, pad + 2, pad]])
    ids = ids[draw.generator.permutation(2)]
    return ValueQuestion(
        call(ids, pad, returns=("mask",)),
        (f"token_ids = {ids.tolist()}", f"pad_id = {pad}"),
        "What does your `padding_mask` return for the second sentence, and what is the shape of the whole mask?",
        lambda seen: f"{write_numbers(seen.arrays['mask'][1].ravel())}; the shape is {seen.arrays['mask'].shape}",
    )


@about("positional_encoding")
def _positions(draw: Draw) -> ValueQuestion:
    width = 2 * int(draw.generator.integers(2, 5))
    question = "What is in row 0 of the table that your `positional_encoding` returns, and why?"
    action = call(3, width, returns=("table",))
    return ValueQuestion(action, ("num_positions = 3", f"d_model = {width}"), question, _read("table", 0))


@about("relu")
def _relu(draw: Draw) -> ValueQuestion:
    x = draw.generator.permutation(np.array([-3.0, -1.0, 0.0, 2.0, 5.0]))
    return ValueQuestion(
        call(x, returns=("output",)), (f"x = {x.tolist()}",), "What does your `relu(x)` return?", _read("output")
    )


@about("feed_forward")
def _feed_forward(draw: Draw) -> ValueQuestion:
    x = draw.generator.permutation(np.array([1.0, 2.0]))
    first, second = np.array([[1.0, 1.0], [1.0, -2.0], [-1.0, 1.0]]), _draw_whole(draw, 2, 3).astype(float)
    weights = {"linear1.weight": first, "linear1.bias": np.array([0.0, 1.0, 1.0])}
    weights |= {"linear2.weight": second, "linear2.bias": np.array([0.0, 1.0])}
    given = (f"x = [{x.tolist()}]", *(f"{name} = {value.tolist()}" for name, value in weights.items()))
    question = "What does your `feed_forward(x, weights)` return?"
    return ValueQuestion(call(x[None], weights, returns=("output",)), given, question, _read("output"))


@about("layer_norm")
def _layer_norm(draw: Draw) -> ValueQuestion:
    mean, deviation = (int(number) for number in draw.generator.integers(2, 7, 2))
    signs = draw.generator.permutation(np.array([-1.0, -1.0, 1.0, 1.0]))
    gamma, beta = _draw_whole(draw, 4).astype(float), _draw_whole(draw, 4).astype(float)
    x = mean + deviation * signs
    given = (f"x = [{x.tolist()}]", f"gamma = {gamma.tolist()}", f"beta = {beta.tolist()}", "eps = 1e-5")
    question = "What does your `layer_norm` return, to one decimal place?"
    action = call(x[None], gamma, beta, 1e-5, returns=("output",))
    return ValueQuestion(action, given, question, lambda seen: str(np.round(seen.arrays["output"], 1).tolist()))


@about("cross_entropy")
def _cross_entropy(draw: Draw) -> ValueQuestion:
    numbers = _draw_different(draw, 3)
    label = int(draw.generator.integers(1, 3))
    logits, labels = np.log(np.array([[numbers, numbers]], dtype=float)), np.array([[label, 0]])
    return ValueQuestion(
        call(logits, labels, 0, returns=("loss",)),
        (
            f"logits = [[[{_logarithms(numbers)}], [{_logarithms(numbers)}]]]",
            f"labels = {labels.tolist()}",
            "pad_id = 0",
        ),
        "What does your `cross_entropy` return? You may leave logarithms in the answer.",
        _read("loss"),
    )


@about("learning_rate")
def _learning_rate(draw: Draw) -> ValueQuestion:
    step = int(draw.generator.choice([2, 4, 16, 64]))
    given = (f"step = {step}", "d_model = 64", "warmup_steps = 4")
    question = "What does your `learning_rate` return, and is this before, at or after the end of the warm-up?"
    return ValueQuestion(call(step, 64, 4, returns=("rate",)), given, question, _read("rate"))


@about("clip_gradients")
def _clip(draw: Draw) -> ValueQuestion:
    factor, most = (int(number) for number in draw.generator.integers(1, 4, 2))
    gradients = {"w": np.array([3.0 * factor]), "b": np.array([4.0 * factor])}
    written = {name: value.tolist() for name, value in gradients.items()}
    return ValueQuestion(
        call(gradients, float(most), returns=("clipped", "norm")),
        (f"gradients = {written}", f"max_norm = {most}"),
        "What does your `clip_gradients` return for `w`, and what norm does it return?",
        lambda seen: f"{write_numbers(seen.arrays['clipped[w]'])}, and {write_numbers(seen.arrays['norm'])}",
    )


@about("teacher_forcing")
def _forcing(draw: Draw) -> ValueQuestion:
    tgt = np.array([[1, *_draw_different(draw, 3), 2]])
    question = "Which two arrays does your `teacher_forcing` return?"
    action = call(tgt, returns=("decoder_input", "labels"))
    return ValueQuestion(
        action,
        (f"tgt = {tgt.tolist()}",),
        question,
        lambda seen: " and ".join(write_numbers(seen.arrays[name]) for name in ("decoder_input", "labels")),
    )


@about("next_token_distribution")
def _next_token(draw: Draw) -> ValueQuestion:
    numbers = _draw_different(draw, 4)
    action = call(np.log(np.array(numbers, dtype=float)), top_k=2, returns=("probabilities",))
    given = (f"logits = [{_logarithms(numbers)}]", "top_k = 2")
    return ValueQuestion(action, given, "What does your `next_token_distribution` return?", _read("probabilities"))


@about("edit_distance")
def _edit_distance(draw: Draw) -> ValueQuestion:
    a, b = ["".join(draw.generator.choice(list("abc"), 4)) for _ in range(2)]
    action = plain(call(list(a), list(b), returns=("distance",)))
    given = (f"a = {list(a)}", f"b = {list(b)}")
    return ValueQuestion(action, given, "What does your `edit_distance(a, b)` return?", _read_text("distance"))


@about("pad_batch")
def _pad_batch(draw: Draw) -> ValueQuestion:
    sequences = [_draw_different(draw, length) for length in (2, 4, 1)]
    action = call(sequences, 0, returns=("batch",))
    given = (f"sequences = {sequences}", "pad_id = 0")
    return ValueQuestion(action, given, "What does your `pad_batch` return?", _read("batch"))


@about("length_batches")
def _length_batches(draw: Draw) -> ValueQuestion:
    lengths = _draw_different(draw, 5)
    action = plain(call(lengths, 10, returns=("batches",)), exact=True)
    given = (f"lengths = {lengths}", "tokens_per_batch = 10")
    return ValueQuestion(action, given, "What does your `length_batches` return?", _read_text("batches"))
