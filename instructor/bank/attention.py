"""Unit 2, attention (section 3.2): its exercises and their cases. The wrong implementations are in `misconceptions`.

All sizes differ, so that no bug hides behind two that agree: batch 3, queries 5, keys 7, heads 2, d_v 6, d_model 8.
Where PyTorch is compared in float64, d_k is 4 or 16: a scale that was computed in float32 is exact there, and right.
"""

from typing import Any

import numpy as np

from autograder.exercise import Actions, Exercise
from autograder.protocol.arguments import Strided
from autograder.protocol.probe import (
    Action,
    arguments_after,
    build,
    build_refused,
    call,
    gradients,
    load,
    mode,
)
from autograder.random_inputs import Draw
from autograder.views.attention import HIDDEN_ROW, PADDED, dropout_view, exact_zeros, without_hidden_row
from instructor.bank.right_code.attention import RIGHT
from instructor.bank.write_the_test import write_the_test
from instructor.families import (
    Asked,
    any_length,
    equal_sizes,
    nothing_is_remembered,
    one_object,
    training_without_dropout,
)
from instructor.misconceptions.attention import MISCONCEPTIONS

__all__ = ["MISCONCEPTIONS"]

BATCH, QUERIES, KEYS, HEADS, D_K, D_V, D_MODEL = 3, 5, 7, 2, 4, 6, 8
BOTH = ("output", "attention_weights")
LINEAR = ("w_q", "w_k", "w_v", "w_o")
CAUSAL = np.tril(np.ones((QUERIES, QUERIES), dtype=bool))
DROPOUT = 0.75


softmax = Exercise("softmax", points=2, section="3.2.1", equation="softmax(x)ᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)", tolerance=1e-9)
scaled_dot_product_attention = Exercise(
    "scaled_dot_product_attention",
    points=5,
    section="3.2.1",
    equation="Attention(Q, K, V) = softmax(QKᵀ / √d_k) V, eq. (1)",
    tolerance=1e-9,
)
causal_mask = Exercise(
    "causal_mask", points=1, section="3.2.3", equation="mask[i, j] = (j ≤ i), True = may attend", tolerance=1e-9
)
padding_mask = Exercise(
    "padding_mask",
    points=1,
    section="3.2.3",
    equation="mask[b, 0, 0, j] = (token_ids[b, j] ≠ pad_id), True = may attend",
    tolerance=1e-9,
)
multi_head_attention = Exercise(
    "multi_head_attention",
    points=5,
    section="3.2.2",
    equation="MultiHead(Q, K, V) = Concat(head₁, …, head_h) Wᴼ, headᵢ = Attention(QWᵢ^Q, KWᵢ^K, VWᵢ^V)",
    tolerance=1e-9,
)
ScaledDotProductAttention = Exercise(
    "ScaledDotProductAttention",
    points=3,
    section="3.2.1",
    equation="Attention(Q, K, V) = softmax(QKᵀ / √d_k) V, eq. (1)",
    tolerance=1e-9,
)
MultiHeadAttention = Exercise(
    "MultiHeadAttention",
    points=5,
    section="3.2.2",
    equation="MultiHead(Q, K, V) = Concat(head₁, …, head_h) Wᴼ, headᵢ = Attention(QWᵢ^Q, KWᵢ^K, VWᵢ^V)",
    tolerance=1e-9,
)
softmax_backward = Exercise(
    "softmax_backward",
    points=1,
    section="3.2.1",
    equation="the chain rule through softmax(x)ᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)",
    tolerance=1e-9,
    bonus=True,
)
scaled_dot_product_attention_backward = Exercise(
    "scaled_dot_product_attention_backward",
    points=2,
    section="3.2.1",
    equation="the chain rule through Attention(Q, K, V) = softmax(QKᵀ / √d_k) V, eq. (1)",
    tolerance=1e-9,
    bonus=True,
)
multi_head_attention_backward = Exercise(
    "multi_head_attention_backward",
    points=2,
    section="3.2.2",
    equation="the chain rule through MultiHead(Q, K, V) = Concat(head₁, …, head_h) Wᴼ",
    tolerance=1e-9,
    bonus=True,
)


@softmax.case("every row becomes positive numbers that sum to 1")
def rows(draw: Draw) -> Actions:
    return [call(draw.normal(BATCH, QUERIES), returns=("output",))]


@softmax.case("it runs along the axis that is asked for")
def axis(draw: Draw) -> Actions:
    x = draw.normal(BATCH, QUERIES, D_K)
    return [call(x, axis=axis, returns=("output",), label=f"axis {axis}: ") for axis in (0, 1, 2, -2)]


@softmax.case("numbers of any size give finite results")
def large_numbers(draw: Draw) -> Actions:
    x = draw.normal(BATCH, QUERIES)
    offsets = np.array([[-1e4], [0.0], [1e4]])
    about = [call(x + offset, returns=("output",), label=f"about {offset:g}: ") for offset in (800.0, -800.0)]
    return [
        *about,
        call(x + offsets, returns=("output",), label="rows far apart: "),
        call(x * 1e4, returns=("output",), label="numbers far apart: "),
    ]


@softmax.case("the caller's array is left as it was")
def argument_unchanged(draw: Draw) -> Actions:
    return [call(draw.normal(BATCH, QUERIES), returns=("output",)), arguments_after()]


@softmax.case("it takes any number of axes", hidden=True)
def any_shape(draw: Draw) -> Actions:
    shapes = ((KEYS,), (2, BATCH, QUERIES, D_K))
    return [call(draw.normal(*shape), returns=("output",), label=f"{len(shape)} axes: ") for shape in shapes]


def _qkv(draw: Draw, *leading: int, queries: int = QUERIES, keys: int = KEYS, d_k: int = D_K, d_v: int = D_V) -> list:
    return [draw.normal(*leading, queries, d_k), draw.normal(*leading, keys, d_k), draw.normal(*leading, keys, d_v)]


def _extreme_qkv(draw: Draw, score: float) -> list:
    """Queries and keys whose scaled scores all lie between `score` and `score` + 3."""
    q, k, v = _qkv(draw, BATCH)
    q[..., 0], k[..., 0] = 100.0, (score + draw.generator.uniform(0, 3, k.shape[:-1])) * np.sqrt(D_K) / 100
    q[..., 1:] = 0.0
    return [q, k, v]


def _attend(exercise: Exercise, *arguments: object, **options: Any) -> Actions:
    """Call the function, or construct the module in evaluation mode and call it."""
    made = [build(), mode(training=False)] if exercise.library == "torch" else []
    return [*made, call(*arguments, returns=BOTH, **options)]


def _attention_cases(exercise: Exercise) -> None:
    """The cases that the function and the module share."""

    @exercise.case("each query gets the mean of the values, weighted by softmax(QKᵀ / √d_k)")
    def plain(draw: Draw) -> Actions:
        return _attend(exercise, *_qkv(draw, BATCH))

    @exercise.case("a key is hidden where the mask is False, and the visible ones share the whole weight")
    def mask(draw: Draw) -> Actions:
        return _attend(exercise, *_qkv(draw, BATCH), mask=draw.mask(BATCH, QUERIES, KEYS))

    @exercise.case("a mask is for one call only: the next one, without a mask, sees every key again")
    def forgotten_mask(draw: Draw) -> Actions:
        arguments = _qkv(draw, BATCH)
        actions = _attend(exercise, *arguments, mask=draw.mask(BATCH, QUERIES, KEYS), label="with a mask: ")
        return [*actions, call(*arguments, returns=BOTH, label="then without: ")]

    @exercise.case("a position never sees the future")
    def causal(draw: Draw) -> Actions:
        return _attend(exercise, *_qkv(draw, BATCH, keys=QUERIES), mask=CAUSAL)

    @exercise.case("padding is never looked at, whatever the number of leading axes")
    def padding(draw: Draw) -> Actions:
        return _attend(exercise, *_qkv(draw, BATCH, HEADS), mask=draw.mask(BATCH, 1, 1, KEYS))

    @exercise.case("one sequence without a batch works as well")
    def no_batch(draw: Draw) -> Actions:
        return _attend(exercise, *_qkv(draw), mask=draw.mask(QUERIES, KEYS))

    @exercise.case("a hidden key stays hidden and no result overflows, however large or low the scores are")
    def extreme_scores(draw: Draw) -> Actions:
        actions: list[Action] = []
        for score in (-1e4, -500.0, 9e3):
            visible = draw.mask(BATCH, QUERIES, KEYS)
            actions += _attend(exercise, *_extreme_qkv(draw, score), mask=visible, label=f"scores of {score:g}: ")[-1:]
        q, k, v = _extreme_qkv(draw, 9e3)
        q[:, 0] *= -1
        actions += _attend(exercise, q, k, v, label="scores of 9000, but of -9000 in row 0: ")[-1:]
        q, k, v = _qkv(draw, BATCH)
        k[:, -1] *= 1000
        shown = np.arange(KEYS) < KEYS - 1
        return [*_attend(exercise, q, k, v, mask=shown, label="one huge hidden key: "), *actions]

    @exercise.case(
        "a query that may attend to nothing gets a finite output",
        ungraded=lambda: {"output": np.repeat(HIDDEN_ROW[..., None], D_V, axis=-1)},
        view=without_hidden_row,
    )
    def nothing_to_see(draw: Draw) -> Actions:
        return _attend(exercise, *_qkv(draw, BATCH), mask=draw.mask(BATCH, QUERIES, KEYS) & ~HIDDEN_ROW[..., None])

    @exercise.case("the caller's arrays are left as they were")
    def arguments_unchanged(draw: Draw) -> Actions:
        return [*_attend(exercise, *_qkv(draw, BATCH), mask=draw.mask(BATCH, QUERIES, KEYS)), arguments_after()]

    @exercise.case("arrays that are not contiguous in memory work as well")
    def not_contiguous(draw: Draw) -> Actions:
        return _attend(exercise, *map(Strided, _qkv(draw, BATCH)), mask=Strided(draw.mask(BATCH, QUERIES, KEYS)))

    @exercise.case("other sizes, and masks that broadcast in other ways", hidden=True)
    def other_sizes(draw: Draw) -> Actions:
        sizes = {"queries": 6, "keys": 4, "d_k": 16, "d_v": 5}
        return [
            *_attend(exercise, *_qkv(draw, 2, **sizes), mask=draw.mask(4), label="a mask for all queries: "),
            call(*_qkv(draw, 7, 2, **sizes), mask=draw.mask(2, 6, 4), returns=BOTH, label="a mask for each head: "),
        ]


_attention_cases(scaled_dot_product_attention)
_attention_cases(ScaledDotProductAttention)


@ScaledDotProductAttention.case("the gradient reaches queries, keys and values")
def gradient(draw: Draw) -> Actions:
    upstream = draw.normal(BATCH, QUERIES, D_V)
    actions = _attend(ScaledDotProductAttention, *_qkv(draw, BATCH), mask=draw.mask(BATCH, QUERIES, KEYS))
    return [*actions, gradients(output=upstream)]


@ScaledDotProductAttention.case("float32 in, float32 out", tolerance=1e-5)
def single_precision(draw: Draw) -> Actions:
    return _attend(ScaledDotProductAttention, *(x.astype(np.float32) for x in _qkv(draw, BATCH, d_k=6)))


@ScaledDotProductAttention.case("in evaluation nothing is dropped")
def dropout_in_evaluation(draw: Draw) -> Actions:
    arguments = _qkv(draw, BATCH)
    calls = [call(*arguments, returns=BOTH, label=label) for label in ("first call: ", "second call: ")]
    return [build(dropout=DROPOUT), mode(training=False), *calls]


@ScaledDotProductAttention.case("when `dropout` is left out, nothing is dropped in training either")
def no_dropout_by_default(draw: Draw) -> Actions:
    return [build(), mode(training=True), call(*_qkv(draw, BATCH), returns=BOTH)]


@ScaledDotProductAttention.case("in training attention weights are dropped, after the softmax", view=dropout_view)
def dropout_in_training(draw: Draw) -> Actions:
    q, k, _ = _qkv(draw, 40)
    sums = np.broadcast_to(np.tri(KEYS), (40, KEYS, KEYS))
    return _in_both_modes([build(dropout=DROPOUT)], q, k, sums)


def _in_both_modes(actions: Actions, *arguments: np.ndarray) -> Actions:
    for training, label in ((False, "in evaluation: "), (True, "in training: ")):
        actions = [*actions, mode(training), call(*arguments, returns=BOTH, label=label)]
    return actions


@causal_mask.case("position i may attend to itself and to what came before it")
def five_tokens(draw: Draw) -> Actions:
    return [call(5, returns=("mask",))]


@causal_mask.case("a single token may attend to itself")
def one_token(draw: Draw) -> Actions:
    return [call(1, returns=("mask",))]


@causal_mask.case("the mask has the size that is asked for", hidden=True)
def other_lengths(draw: Draw) -> Actions:
    return [call(n, returns=("mask",), label=f"{n} tokens: ") for n in (2, 8, int(draw.generator.integers(11, 40)))]


@padding_mask.case("the keys that are padding are hidden, for every head and every query")
def zeros(draw: Draw) -> Actions:
    return [call(draw.tokens(BATCH, KEYS, vocabulary=11, pad_id=0), returns=("mask",))]


@padding_mask.case("the padding's id is the one that is given")
def other_id(draw: Draw) -> Actions:
    return [call(draw.generator.integers(0, 6, (BATCH, KEYS)), pad_id=3, returns=("mask",))]


@padding_mask.case("the caller's token ids are left as they were")
def ids_unchanged(draw: Draw) -> Actions:
    return [call(draw.tokens(BATCH, KEYS, vocabulary=11, pad_id=0), returns=("mask",)), arguments_after()]


@padding_mask.case("padding may stand anywhere", hidden=True)
def anywhere(draw: Draw) -> Actions:
    return [call(draw.generator.integers(0, 4, (2, 9)), pad_id=2, returns=("mask",))]


def _inputs(draw: Draw, keys: int = KEYS, batch: int = BATCH, d_model: int = D_MODEL) -> list[np.ndarray]:
    return [draw.normal(batch, tokens, d_model) for tokens in (QUERIES, keys, keys)]


def _multi_head(
    exercise: Exercise, draw: Draw, inputs: list, num_heads: int = HEADS, dtype: str = "float64", **options: Any
) -> Actions:
    """Call the function with random weights, or construct the module, load such weights and call it in evaluation."""
    d_model = np.shape(getattr(inputs[0], "array", inputs[0]))[-1]
    weights = draw.linear(LINEAR, d_model, d_model, dtype)
    if exercise.library == "numpy":
        return [call(*inputs, weights, num_heads, returns=BOTH, **options)]
    made = [build(d_model=d_model, num_heads=num_heads), load(weights, dtype), mode(training=False)]
    return [*made, call(*inputs, returns=BOTH, **options)]


_UNIT_WEIGHTS = {f"{name}.weight": np.eye(D_MODEL) for name in LINEAR}
_UNIT_WEIGHTS |= {f"{name}.bias": np.zeros(D_MODEL) for name in LINEAR}


def _unprojected(exercise: Exercise, inputs: list, mask: np.ndarray | None, label: str, first: bool) -> Actions:
    """Multi-head attention whose four matrices are unit matrices, so that the inputs are what the heads see."""
    if exercise.library == "numpy":
        return [call(*inputs, _UNIT_WEIGHTS, HEADS, mask=mask, returns=BOTH, label=label)]
    made = [build(d_model=D_MODEL, num_heads=HEADS), load(_UNIT_WEIGHTS), mode(training=False)] if first else []
    return [*made, call(*inputs, mask=mask, returns=BOTH, label=label)]


def _multi_head_cases(exercise: Exercise) -> None:
    """The cases that the function and the module share."""

    @exercise.case("every head attends with its own block of features, and Wᴼ mixes the concatenated heads")
    def cross(draw: Draw) -> Actions:
        return _multi_head(exercise, draw, _inputs(draw))

    @exercise.case("a mask is for one call only: the next one, without a mask, sees every key again")
    def forgotten_mask(draw: Draw) -> Actions:
        inputs, visible = _inputs(draw), draw.mask(BATCH, 1, QUERIES, KEYS)
        actions = _unprojected(exercise, inputs, visible, "with a mask: ", first=True)
        return [*actions, *_unprojected(exercise, inputs, None, "then without: ", first=False)]

    @exercise.case("a position never sees the future")
    def causal(draw: Draw) -> Actions:
        return _multi_head(exercise, draw, _inputs(draw, keys=QUERIES), mask=CAUSAL)

    @exercise.case("padding is never looked at")
    def padding(draw: Draw) -> Actions:
        return _multi_head(exercise, draw, _inputs(draw), mask=draw.mask(BATCH, 1, 1, KEYS))

    @exercise.case("every sample of a batch has its own mask")
    def mask(draw: Draw) -> Actions:
        return _multi_head(exercise, draw, _inputs(draw), mask=draw.mask(BATCH, 1, QUERIES, KEYS))

    @exercise.case("there may be more heads, and each may have a mask of its own")
    def six_heads(draw: Draw) -> Actions:
        mask = draw.mask(BATCH, 6, QUERIES, KEYS)
        return _multi_head(exercise, draw, _inputs(draw, d_model=24), num_heads=6, mask=mask)

    @exercise.case("the caller's arrays are left as they were")
    def arguments_unchanged(draw: Draw) -> Actions:
        visible = draw.mask(BATCH, 1, QUERIES, KEYS)
        return [*_multi_head(exercise, draw, _inputs(draw), mask=visible), arguments_after()]

    @exercise.case("arrays that are not contiguous in memory work as well")
    def not_contiguous(draw: Draw) -> Actions:
        return _multi_head(exercise, draw, [Strided(x) for x in _inputs(draw)])

    @exercise.case("a hidden key stays hidden in every head, however large or low the scores are")
    def extreme_scores(draw: Draw) -> Actions:
        actions: list[Action] = []
        for score in (-1e4, -500.0, 9e3):
            q, k, v = (np.tile(x, HEADS) for x in _extreme_qkv(draw, score))
            visible = draw.mask(BATCH, 1, QUERIES, KEYS)
            actions += _unprojected(
                exercise, [q, k, v[..., :D_MODEL]], visible, f"scores of {score:g}: ", first=not actions
            )
        q, k, v = (np.tile(x, HEADS) for x in _extreme_qkv(draw, 9e3))
        q[:, 0] *= -1
        label = "scores of 9000, but of -9000 in row 0: "
        actions += _unprojected(exercise, [q, k, v[..., :D_MODEL]], np.ones((QUERIES, KEYS), bool), label, first=False)
        q, k, v = _inputs(draw)
        k[:, -1] *= 1000
        shown = np.arange(KEYS) < KEYS - 1
        return [*actions, *_unprojected(exercise, [q, k, v], shown, "one huge hidden key: ", first=False)]

    @exercise.case(
        "a query that may attend to nothing gets a finite output",
        ungraded=lambda: {"output": np.repeat(HIDDEN_ROW[..., None], D_MODEL, axis=-1)},
        view=without_hidden_row,
    )
    def nothing_to_see(draw: Draw) -> Actions:
        visible = draw.mask(BATCH, 1, QUERIES, KEYS) & ~HIDDEN_ROW[:, None, :, None]
        return _multi_head(exercise, draw, _inputs(draw), mask=visible)

    @exercise.case("other numbers of heads, and a mask of its own for each head", hidden=True)
    def other_heads(draw: Draw) -> Actions:
        inputs = _inputs(draw, keys=6, batch=2, d_model=16)
        return _multi_head(exercise, draw, inputs, num_heads=4, mask=draw.mask(2, 4, QUERIES, 6))

    @exercise.case("one head is plain attention between two projections, and a batch may hold one sample", hidden=True)
    def one_head(draw: Draw) -> Actions:
        return _multi_head(
            exercise, draw, _inputs(draw, batch=1, d_model=4), num_heads=1, mask=draw.mask(QUERIES, KEYS)
        )


_multi_head_cases(multi_head_attention)
_multi_head_cases(MultiHeadAttention)


@multi_head_attention.case("entries of `weights` that are not needed are ignored", hidden=True)
def spare_weights(draw: Draw) -> Actions:
    weights = draw.linear((*LINEAR, "linear1"), D_MODEL, D_MODEL)
    return [call(*_inputs(draw), weights, HEADS, returns=BOTH)]


@MultiHeadAttention.case("the gradient reaches every input and every parameter")
def gradient_everywhere(draw: Draw) -> Actions:
    upstream = draw.normal(BATCH, QUERIES, D_MODEL)
    actions = _multi_head(MultiHeadAttention, draw, _inputs(draw), mask=draw.mask(BATCH, 1, QUERIES, KEYS))
    return [*actions, gradients(output=upstream)]


@MultiHeadAttention.case("float32 in, float32 out", tolerance=1e-5)
def single(draw: Draw) -> Actions:
    inputs = [x.astype(np.float32) for x in _inputs(draw, d_model=6)]
    return _multi_head(MultiHeadAttention, draw, inputs, dtype="float32")


@MultiHeadAttention.case("a d_model that num_heads does not divide is refused with a ValueError")
def indivisible(draw: Draw) -> Actions:
    pairs = ((10, 3), (8, 16), (9, 2))
    return [build_refused(f"{d} features, {heads} heads: ", d_model=d, num_heads=heads) for d, heads in pairs]


@MultiHeadAttention.case("in evaluation nothing is dropped")
def no_dropout_in_evaluation(draw: Draw) -> Actions:
    inputs, weights = _inputs(draw), draw.linear(LINEAR, D_MODEL, D_MODEL)
    calls = [call(*inputs, returns=BOTH, label=label) for label in ("first call: ", "second call: ")]
    return [build(d_model=D_MODEL, num_heads=HEADS, dropout=DROPOUT), load(weights), mode(training=False), *calls]


@MultiHeadAttention.case("when `dropout` is left out, nothing is dropped in training either")
def nothing_dropped_by_default(draw: Draw) -> Actions:
    made = [build(d_model=D_MODEL, num_heads=HEADS), load(draw.linear(LINEAR, D_MODEL, D_MODEL)), mode(training=True)]
    return [*made, call(*_inputs(draw), returns=BOTH)]


@MultiHeadAttention.case("in training attention weights are dropped, after the softmax", view=dropout_view)
def weights_dropped_in_training(draw: Draw) -> Actions:
    q, k = draw.normal(40, QUERIES, D_MODEL), draw.normal(40, D_K, D_MODEL)
    sums = np.broadcast_to(np.tile(np.tri(D_K), HEADS), (40, D_K, D_MODEL))
    actions = [build(d_model=D_MODEL, num_heads=HEADS, dropout=DROPOUT), load(_UNIT_WEIGHTS)]
    return _in_both_modes(actions, q, k, sums)


# The backward passes, for bonus points. Every upstream gradient is random: with ones, that of softmax is exactly 0.


def _shares(draw: Draw, *shape: int, axis: int = -1) -> np.ndarray:
    """What some softmax along `axis` gave."""
    powers = np.exp(draw.normal(*shape))
    return powers / powers.sum(axis=axis, keepdims=True)


@softmax_backward.case("the gradient of every input counts all outputs of its row, for any upstream gradient")
def upstream(draw: Draw) -> Actions:
    return [call(draw.normal(BATCH, QUERIES), _shares(draw, BATCH, QUERIES), returns=("grad_x",))]


@softmax_backward.case("it runs along the axis that is asked for")
def along_axis(draw: Draw) -> Actions:
    shape = (BATCH, QUERIES, D_K)
    return [
        call(draw.normal(*shape), _shares(draw, *shape, axis=i), axis=i, returns=("grad_x",), label=f"axis {i}: ")
        for i in (0, 1, 2, -2)
    ]


@softmax_backward.case("where a weight is exactly 0, so is the gradient, and nothing is divided by it")
def hidden_weights(draw: Draw) -> Actions:
    output = np.where(draw.mask(BATCH, KEYS), _shares(draw, BATCH, KEYS), 0.0)
    return [call(draw.normal(BATCH, KEYS), output / output.sum(axis=-1, keepdims=True), returns=("grad_x",))]


@softmax_backward.case("the caller's arrays are left as they were")
def both_unchanged(draw: Draw) -> Actions:
    return [call(draw.normal(BATCH, QUERIES), _shares(draw, BATCH, QUERIES), returns=("grad_x",)), arguments_after()]


@softmax_backward.case("it takes any number of axes", hidden=True)
def any_axes(draw: Draw) -> Actions:
    shapes = ((KEYS,), (2, BATCH, QUERIES, D_K))
    return [call(draw.normal(*s), _shares(draw, *s), returns=("grad_x",), label=f"{len(s)} axes: ") for s in shapes]


QKV_GRADIENTS = ("grad_q", "grad_k", "grad_v")


def _back(draw: Draw, q: np.ndarray, k: np.ndarray, v: np.ndarray, **options: Any) -> Actions:
    upstream = draw.normal(*q.shape[:-1], v.shape[-1])
    return [call(upstream, q, k, v, returns=QKV_GRADIENTS, **options)]


@scaled_dot_product_attention_backward.case("queries, keys and values get the gradient of Σ grad_output · output")
def all_three(draw: Draw) -> Actions:
    return _back(draw, *_qkv(draw, BATCH))


@scaled_dot_product_attention_backward.case("a hidden key has no share in what a query gets")
def with_a_mask(draw: Draw) -> Actions:
    return _back(draw, *_qkv(draw, BATCH), mask=draw.mask(BATCH, QUERIES, KEYS))


@scaled_dot_product_attention_backward.case("nothing from the future reaches a position, in the backward pass either")
def with_a_causal_mask(draw: Draw) -> Actions:
    return _back(draw, *_qkv(draw, BATCH, keys=QUERIES), mask=CAUSAL)


@scaled_dot_product_attention_backward.case(
    "a key that nobody sees gets a gradient of exactly 0, whatever stands there", view=exact_zeros
)
def padded_keys(draw: Draw) -> Actions:
    q, k, v = _qkv(draw, BATCH)
    garbage = np.where(PADDED, 1000.0, 1.0)[..., None]
    return _back(draw, q, k * garbage, v * garbage, mask=~PADDED[:, None])


@scaled_dot_product_attention_backward.case("it takes any number of leading axes, possibly none")
def any_leading_axes(draw: Draw) -> Actions:
    return [
        *_back(draw, *_qkv(draw), mask=draw.mask(QUERIES, KEYS), label="one sequence: "),
        *_back(draw, *_qkv(draw, BATCH, HEADS), mask=draw.mask(BATCH, 1, 1, KEYS), label="heads: "),
    ]


@scaled_dot_product_attention_backward.case("no result overflows, however large the scores are")
def large_scores(draw: Draw) -> Actions:
    visible = draw.mask(BATCH, QUERIES, KEYS)
    return [
        s
        for score in (-500.0, 9e3)
        for s in _back(draw, *_extreme_qkv(draw, score), mask=visible, label=f"{score:g}: ")
    ]


@scaled_dot_product_attention_backward.case("the caller's arrays are left as they were")
def all_unchanged(draw: Draw) -> Actions:
    return [*_back(draw, *_qkv(draw, BATCH), mask=draw.mask(BATCH, QUERIES, KEYS)), arguments_after()]


@scaled_dot_product_attention_backward.case("arrays that are not contiguous in memory work as well")
def strided(draw: Draw) -> Actions:
    arrays = [draw.normal(BATCH, QUERIES, D_V), *_qkv(draw, BATCH)]
    return [call(*map(Strided, arrays), mask=Strided(draw.mask(BATCH, QUERIES, KEYS)), returns=QKV_GRADIENTS)]


@scaled_dot_product_attention_backward.case("other sizes, and masks that broadcast in other ways", hidden=True)
def other_masks(draw: Draw) -> Actions:
    sizes = {"queries": 6, "keys": 4, "d_k": 16, "d_v": 5}
    return [
        *_back(draw, *_qkv(draw, 2, **sizes), mask=draw.mask(4), label="a mask for all queries: "),
        *_back(draw, *_qkv(draw, 7, 2, **sizes), mask=draw.mask(2, 6, 4), label="a mask for each head: "),
    ]


ALL_GRADIENTS = (*QKV_GRADIENTS, "grad_weights")


def _heads_back(draw: Draw, inputs: list, num_heads: int = HEADS, **options: Any) -> Actions:
    batch, queries, d_model = inputs[0].shape
    arrays = [draw.normal(batch, queries, d_model), *inputs]
    return [call(*arrays, draw.linear(LINEAR, d_model, d_model), num_heads, returns=ALL_GRADIENTS, **options)]


@multi_head_attention_backward.case("three inputs and eight weights get the gradient of Σ grad_output · output")
def everything(draw: Draw) -> Actions:
    return _heads_back(draw, _inputs(draw))


@multi_head_attention_backward.case("nothing from the future reaches a position, in the backward pass either")
def self_attention(draw: Draw) -> Actions:
    return _heads_back(draw, _inputs(draw, keys=QUERIES), mask=CAUSAL)


@multi_head_attention_backward.case("every sample of a batch has its own mask")
def own_masks(draw: Draw) -> Actions:
    return _heads_back(draw, _inputs(draw), mask=draw.mask(BATCH, 1, QUERIES, KEYS))


@multi_head_attention_backward.case("a token that nobody sees gets a gradient of exactly 0", view=exact_zeros)
def padded_tokens(draw: Draw) -> Actions:
    return _heads_back(draw, _inputs(draw), mask=~PADDED[:, None, None])


@multi_head_attention_backward.case("the caller's arrays and weights are left as they were")
def nothing_changed(draw: Draw) -> Actions:
    return [*_heads_back(draw, _inputs(draw), mask=draw.mask(BATCH, 1, QUERIES, KEYS)), arguments_after()]


@multi_head_attention_backward.case("arrays that are not contiguous in memory work as well")
def strided_inputs(draw: Draw) -> Actions:
    arrays = [Strided(x) for x in (draw.normal(BATCH, QUERIES, D_MODEL), *_inputs(draw))]
    return [call(*arrays, draw.linear(LINEAR, D_MODEL, D_MODEL), HEADS, returns=ALL_GRADIENTS)]


@multi_head_attention_backward.case("other numbers of heads, and a mask of its own for each head", hidden=True)
def more_heads(draw: Draw) -> Actions:
    return [
        *_heads_back(draw, _inputs(draw, keys=6, batch=2, d_model=16), 4, mask=draw.mask(2, 4, QUERIES, 6)),
        *_heads_back(draw, _inputs(draw, d_model=4), 1, mask=draw.mask(QUERIES, KEYS), label="one head: "),
    ]


# ---- what every exercise is asked


def _asked_attention(exercise: Exercise, more_keys: int = 2) -> Asked:
    def inputs(draw: Draw, batch: int, tokens: int) -> list:
        d_v = D_V if more_keys else D_K
        return _qkv(draw, batch, queries=tokens, keys=tokens + more_keys, d_v=d_v)

    def masks(draw: Draw, batch: int, tokens: int) -> dict[str, Any]:
        return {"mask": draw.mask(batch, tokens, tokens + more_keys)}

    def run(draw: Draw, inputs: list, **options: Any) -> Actions:
        return _attend(exercise, *inputs, **options)

    return Asked(exercise, run, inputs, masks, width=D_V)


def _asked_heads(exercise: Exercise, more_keys: int = 2) -> Asked:
    def inputs(draw: Draw, batch: int, tokens: int) -> list:
        return [draw.normal(batch, n, D_MODEL) for n in (tokens, tokens + more_keys, tokens + more_keys)]

    def masks(draw: Draw, batch: int, tokens: int) -> dict[str, Any]:
        return {"mask": draw.mask(batch, 1, tokens, tokens + more_keys)}

    def run(draw: Draw, inputs: list, **options: Any) -> Actions:
        return _multi_head(exercise, draw, inputs, **options)

    return Asked(exercise, run, inputs, masks)


def _add_families() -> None:
    for exercise in (scaled_dot_product_attention, ScaledDotProductAttention, multi_head_attention, MultiHeadAttention):
        asked = _asked_attention if "caled" in exercise.name else _asked_heads
        nothing_is_remembered(asked(exercise))
        any_length(asked(exercise))
        equal_sizes(asked(exercise, more_keys=0))
        one_object(
            asked(exercise, more_keys=0),
            *(0, 1, 2),
            promise="queries, keys and values may be one and the same array, and the next call is not affected",
        )
        if exercise.library == "torch":
            training_without_dropout(asked(exercise), dropout=0.0)


_add_families()


@ScaledDotProductAttention.case("float32 with a mask: what hides a key fits into float32", tolerance=1e-5)
def masked_in_single_precision(draw: Draw) -> Actions:
    arrays = (x.astype(np.float32) for x in _qkv(draw, BATCH, d_k=6))
    return _attend(ScaledDotProductAttention, *arrays, mask=draw.mask(BATCH, QUERIES, KEYS))


@MultiHeadAttention.case("float32 with a mask: what hides a key fits into float32", tolerance=3e-5)
def masked_in_float32(draw: Draw) -> Actions:
    inputs = [x.astype(np.float32) for x in _inputs(draw, d_model=6)]
    return _multi_head(MultiHeadAttention, draw, inputs, dtype="float32", mask=draw.mask(BATCH, 1, QUERIES, KEYS))


# ---- the test of it, written by a student

test_multi_head_attention = write_the_test(
    multi_head_attention,
    points=2,
    right=RIGHT,
    misconceptions=MISCONCEPTIONS,
    around=[
        ("all numbers of the output are 0.1 % too large", "scaled", (1.001, 0)),
        ("0.001 is added to the attention weights", "shifted", (0.001, 1)),
        ("the output is rounded to three digits behind the point", "rounded", (3, 0)),
        ("every sample of the batch gets the output of the first one", "first_of_batch", (0,)),
        ("every sample of the batch gets the attention weights of the first one", "first_of_batch", (1,)),
        ("the attention weights of the heads come in the opposite order", "reversed_along", (1, 1)),
        ("the mask is ignored", "ignored", ("mask", 5)),
        ("the mask is read the wrong way round: True hides a key", "inverted", ("mask", 5)),
        ("the mask of the first sample is used for the whole batch", "first_mask", ("mask", 5)),
        ("the heads are all but one ignored: num_heads is taken to be 1", "set_to", ("num_heads", 4, 1)),
        ("the values are computed from the keys' input", "same_as", (1, 2)),
        ("keys and values are exchanged", "exchanged", (1, 2)),
        ("the bias of the output map is ignored", "without_weight", ("w_o.bias", 3)),
        ("the caller's array of queries is another one after the call", "changes_in_place", (0,)),
        ("a result is given again whenever the shapes are the same", "remembers", ()),
        ("inputs above 100 give nan", "overflows", (100.0,)),
    ],
)
