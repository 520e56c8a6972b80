"""Unit 7, the whole model (sections 3 and 3.4): its exercises and cases. Wrong implementations are in `misconceptions`.

All sizes differ: batch 3, target 5, source 7, heads 2, d_k 4, d_model 8, d_ff 20, vocabularies 11 and 13. Padding is
at the end and in the middle: behind a causal mask, padding at the end alone would never show. The values at padded
positions are not graded. All comparisons that contain the table of sinusoids allow for one that was built in float32.
"""

from functools import partial
from typing import Any

import numpy as np

from autograder.exercise import Actions, Exercise
from autograder.protocol.arguments import ScriptedModel, Strided
from autograder.protocol.probe import (
    arguments_after,
    build,
    call,
    call_method,
    gradients,
    load,
    mode,
    parameters,
)
from autograder.random_inputs import Draw
from autograder.views.transformer import any_integers, dropout_view, what_is_left
from instructor.bank.right_code.transformer import RIGHT
from instructor.bank.write_the_test import write_the_test
from instructor.families import Asked, any_length, equal_sizes, nothing_is_remembered, training_without_dropout
from instructor.misconceptions.transformer import MISCONCEPTIONS

__all__ = ["MISCONCEPTIONS"]

BATCH, TGT, SRC, HEADS, D_MODEL, D_FF, SRC_VOCABULARY, TGT_VOCABULARY = 3, 5, 7, 2, 8, 20, 11, 13
SRC_SHOWN = np.array([[1, 1, 1, 1, 0, 0, 0], [1, 1, 0, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1, 1]], dtype=bool)
TGT_SHOWN = np.array([[1, 1, 1, 1, 1], [1, 0, 1, 1, 0], [1, 1, 0, 0, 1]], dtype=bool)
ALL_SRC, ALL_TGT = np.ones_like(SRC_SHOWN), np.ones_like(TGT_SHOWN)
DROPOUT = 0.75
NEARLY_ALL = 1 - 2.0**-40  # so much that nothing is ever kept, and still less than 1


TokenEmbedding = Exercise(
    "TokenEmbedding",
    points=2,
    section="3.4",
    equation="x = √d_model · E[id], one row of the table E for each id",
    tolerance=1e-9,
)
Transformer = Exercise(
    "Transformer",
    points=7,
    section="3, figure 1",
    equation="logits = Decoder(E(tgt) + PE, Encoder(E(src) + PE)) W + b",
    tolerance=1e-4,
)
transformer = Exercise(
    "transformer",
    points=4,
    section="3, figure 1",
    equation="logits = Decoder(E(tgt) + PE, Encoder(E(src) + PE)) W + b",
    tolerance=1e-4,
)
greedy_decode = Exercise(
    "greedy_decode",
    points=3,
    section="3",
    equation="yₜ = argmax p(y | y₁ … yₜ₋₁, src), one symbol at a time, each fed back as input",
    tolerance=1e-9,
    library="torch",
)


# ---- the embedding


def _table(
    draw: Draw, vocabulary: int, d_model: int, dtype: str = "float64", scale: float = 1.0
) -> dict[str, np.ndarray]:
    return {"embedding.weight": draw.normal(vocabulary, d_model, scale=scale, dtype=dtype)}


def _embed(
    draw: Draw, ids: object, vocabulary: int = SRC_VOCABULARY, d_model: int = 16, dtype: str = "float64"
) -> Actions:
    """Construct the embedding, load a random table and look `ids` up; √16 is exact in every precision."""
    made = [build(vocab_size=vocabulary, d_model=d_model), load(_table(draw, vocabulary, d_model, dtype), dtype)]
    return [*made, mode(training=False), call(ids, returns=("output",))]


@TokenEmbedding.case("every id becomes its row of the table, times √d_model")
def looked_up(draw: Draw) -> Actions:
    return _embed(draw, draw.generator.integers(0, SRC_VOCABULARY, (BATCH, SRC)))


@TokenEmbedding.case("the gradient reaches the table, and a repeated id collects the gradients of all its places")
def gradient_of_the_table(draw: Draw) -> Actions:
    ids = np.resize(1 + draw.generator.permutation(4), (BATCH, TGT))  # a row 0 without a gradient is right, too
    return [*_embed(draw, ids), gradients(output=draw.normal(BATCH, TGT, 16))]


@TokenEmbedding.case("ids that are not contiguous in memory, such as a slice of a batch, work as well")
def not_contiguous(draw: Draw) -> Actions:
    return _embed(draw, Strided(draw.generator.integers(0, SRC_VOCABULARY, (BATCH, SRC))))


@TokenEmbedding.case("a second look-up gives what the first one gave")
def twice(draw: Draw) -> Actions:
    ids = draw.generator.integers(0, SRC_VOCABULARY, (BATCH, TGT))
    return [*_embed(draw, ids), call(ids, returns=("output",), label="second call: ")]


@TokenEmbedding.case("a float32 table gives float32, at other sizes too", tolerance=1e-5, hidden=True)
def single_precision(draw: Draw) -> Actions:
    return _embed(draw, draw.generator.integers(0, 17, (2, 9)), vocabulary=17, d_model=6, dtype="float32")


# ---- the whole model, in both wings


def _linear_names(layer: str, attentions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{layer}.{attention}.w_{role}" for attention in attentions for role in "qkvo")


def _layer(draw: Draw, name: str, attentions: tuple[str, ...], d_model: int, d_ff: int) -> dict[str, np.ndarray]:
    weights = draw.linear(_linear_names(name, attentions), d_model, d_model)
    weights |= draw.linear((f"{name}.feed_forward.linear1",), d_ff, d_model)
    weights |= draw.linear((f"{name}.feed_forward.linear2",), d_model, d_ff)
    for number in range(1, len(attentions) + 2):
        weights[f"{name}.residual{number}.norm.gamma"] = 1 + draw.normal(d_model, scale=0.4)
        weights[f"{name}.residual{number}.norm.beta"] = draw.normal(d_model, scale=0.4)
    return weights


def draw_state(
    draw: Draw,
    num_layers: int = 1,
    d_model: int = D_MODEL,
    d_ff: int = D_FF,
    src_vocab_size: int = SRC_VOCABULARY,
    tgt_vocab_size: int = TGT_VOCABULARY,
) -> dict[str, np.ndarray]:
    """A whole state dict of random weights; small embeddings keep the attention from looking at one token only."""
    weights = {
        f"{side}_embedding.{name}": table
        for side, size in (("src", src_vocab_size), ("tgt", tgt_vocab_size))
        for name, table in _table(draw, size, d_model, scale=0.4).items()
    }
    for number in range(num_layers):
        weights |= _layer(draw, f"encoder.layers.{number}", ("self_attention",), d_model, d_ff)
        weights |= _layer(draw, f"decoder.layers.{number}", ("self_attention", "cross_attention"), d_model, d_ff)
    return weights | draw.linear(("output",), tgt_vocab_size, d_model)


SIZES = {
    "src_vocab_size": SRC_VOCABULARY,
    "tgt_vocab_size": TGT_VOCABULARY,
    "d_model": D_MODEL,
    "num_layers": 1,
    "d_ff": D_FF,
}
DEEP = SIZES | {"num_layers": 3}
OTHER_SIZES = {"src_vocab_size": 19, "tgt_vocab_size": 15, "d_model": 16, "num_layers": 2, "d_ff": 6}
OTHER_SRC_SHOWN = np.arange(4) < np.array([[4], [2]])
OTHER_TGT_SHOWN = np.arange(6) < np.array([[5], [6]])


def _ids(draw: Draw, vocabulary: int, shown: np.ndarray, pad_id: int = 0) -> np.ndarray:
    """Random tokens where `shown` (batch, tokens) is True, padding elsewhere."""
    ids = draw.generator.integers(0, vocabulary - 1, shown.shape)
    return np.where(shown, ids + (ids >= pad_id), pad_id)


def draw_sentences(
    draw: Draw,
    src_shown: np.ndarray = ALL_SRC,
    tgt_shown: np.ndarray = ALL_TGT,
    sizes: dict[str, int] = SIZES,
    pad_id: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    return (
        _ids(draw, sizes["src_vocab_size"], src_shown, pad_id),
        _ids(draw, sizes["tgt_vocab_size"], tgt_shown, pad_id),
    )


def _at(shown: np.ndarray, width: int) -> np.ndarray:
    """What is not graded in an array (batch, tokens, width): the rows of padding."""
    return np.repeat(~shown[..., None], width, axis=-1)


def _made(draw: Draw, sizes: dict[str, int] = SIZES, num_heads: int = HEADS, **options: Any) -> Actions:
    """Construct the model, load random weights, and switch to evaluation."""
    made = build(**{"dropout": 0.0, "max_len": 30} | sizes | {"num_heads": num_heads} | options)
    return [made, load(draw_state(draw, **sizes)), mode(training=False)]


def _run(
    exercise: Exercise,
    draw: Draw,
    src: object,
    tgt: object,
    sizes: dict[str, int] = SIZES,
    num_heads: int = HEADS,
    **options: Any,
) -> Actions:
    """Call the function with random weights, or construct the module, load such weights and call it in evaluation."""
    if exercise.library == "numpy":
        return [
            call(src, tgt, draw_state(draw, **sizes), num_heads, sizes["num_layers"], returns=("logits",), **options)
        ]
    return [*_made(draw, sizes, num_heads, **options), call(src, tgt, returns=("logits",))]


def _model_cases(exercise: Exercise) -> None:
    """The cases that the function and the module share."""

    @exercise.case("encoder, decoder and output map are put together as in figure 1, and logits come out")
    def whole(draw: Draw) -> Actions:
        return _run(exercise, draw, *draw_sentences(draw), DEEP)

    @exercise.case("padding in the source is looked at neither by the encoder nor by the decoder")
    def padded_source(draw: Draw) -> Actions:
        return _run(exercise, draw, *draw_sentences(draw, SRC_SHOWN))

    @exercise.case(
        "a target position sees itself and what came before, but no padding among it",
        ungraded=lambda: {"logits": _at(TGT_SHOWN, TGT_VOCABULARY)},
    )
    def padded_target(draw: Draw) -> Actions:
        return _run(exercise, draw, *draw_sentences(draw, tgt_shown=TGT_SHOWN))

    @exercise.case(
        "the padding's id is the one that is given, and 0 is then an ordinary word",
        ungraded=lambda: {"logits": _at(TGT_SHOWN, TGT_VOCABULARY)},
    )
    def other_pad_id(draw: Draw) -> Actions:
        src, tgt = draw_sentences(draw, SRC_SHOWN, TGT_SHOWN, pad_id=3)
        src[:, 1], tgt[0, 1], tgt[1:, 0] = 0, 0, 0
        return _run(exercise, draw, src, tgt, pad_id=3)

    @exercise.case("ids that are not contiguous in memory, such as a slice of a batch, work as well")
    def sliced_batch(draw: Draw) -> Actions:
        src, tgt = draw_sentences(draw)
        return _run(exercise, draw, Strided(src), Strided(tgt))

    @exercise.case(
        "the caller's ids and weights are left as they were",
        ungraded=lambda: {"logits": _at(TGT_SHOWN, TGT_VOCABULARY)},
    )
    def arguments_unchanged(draw: Draw) -> Actions:
        return [*_run(exercise, draw, *draw_sentences(draw, SRC_SHOWN, TGT_SHOWN)), arguments_after()]

    @exercise.case(
        "a source and a target of the same length, with ids that both vocabularies have, are still two sentences",
        ungraded=lambda: {"logits": _at(TGT_SHOWN, TGT_VOCABULARY)},
    )
    def equal_lengths(draw: Draw) -> Actions:
        of_both = SIZES | {"tgt_vocab_size": SRC_VOCABULARY}
        return _run(exercise, draw, *draw_sentences(draw, SRC_SHOWN[:, :TGT], TGT_SHOWN, of_both))

    @exercise.case(
        "other sizes, and a target that is longer than the source",
        hidden=True,
        ungraded=lambda: {"logits": _at(OTHER_TGT_SHOWN, OTHER_SIZES["tgt_vocab_size"])},
    )
    def other_sizes(draw: Draw) -> Actions:
        src, tgt = draw_sentences(draw, OTHER_SRC_SHOWN, OTHER_TGT_SHOWN, OTHER_SIZES, pad_id=5)
        return _run(exercise, draw, src, tgt, OTHER_SIZES, num_heads=4, pad_id=5)

    @exercise.case("one target token is enough", hidden=True)
    def one_token(draw: Draw) -> Actions:
        return _run(exercise, draw, *draw_sentences(draw, tgt_shown=np.ones((BATCH, 1), dtype=bool)))

    @exercise.case("a batch may hold one sentence", hidden=True)
    def one_sentence(draw: Draw) -> Actions:
        shown = np.ones((1, SRC), dtype=bool), np.ones((1, TGT), dtype=bool)
        return _run(exercise, draw, *draw_sentences(draw, *shown))


_model_cases(Transformer)
_model_cases(transformer)


@transformer.case("entries of `weights` that are not needed, such as those of further layers, are ignored")
def spare_weights(draw: Draw) -> Actions:
    weights = draw_state(draw, num_layers=2) | draw.linear(("another",), D_MODEL, D_MODEL)
    src, tgt = draw_sentences(draw)
    return [call(src, tgt, weights, HEADS, 1, returns=("logits",))]


@transformer.case("a stack of eleven layers keeps its order")
def eleven_layers(draw: Draw) -> Actions:
    sizes = SIZES | {"num_layers": 11}
    return _run(transformer, draw, *draw_sentences(draw, sizes=sizes), sizes)


@Transformer.case(
    "`encode` returns the memory, one vector for each source token",
    ungraded=lambda: {"memory": _at(SRC_SHOWN, D_MODEL)},
)
def memory(draw: Draw) -> Actions:
    src, _ = draw_sentences(draw, SRC_SHOWN)
    return [*_made(draw), call_method("encode", src, returns=("memory",))]


@Transformer.case("`decode` uses the memory that it is given, and the source only to know where its padding is")
def decode(draw: Draw) -> Actions:
    src, tgt = draw_sentences(draw, SRC_SHOWN)
    given = draw.normal(BATCH, SRC, D_MODEL)
    before = call_method("encode", draw_sentences(draw)[0], returns=("memory",), label="the model's own, before: ")
    return [*_made(draw), before, call_method("decode", tgt, given, src, returns=("logits",))]


@Transformer.case("prefix by prefix, as in decoding, position t gets the same logits as all at once")
def prefixes(draw: Draw) -> Actions:
    src, tgt = draw_sentences(draw)
    given = draw.normal(BATCH, SRC, D_MODEL)
    actions = [
        call_method("decode", tgt[:, :length], given, src, returns=("logits",), label=f"{length} tokens: ")
        for length in range(1, TGT + 1)
    ]
    return [*_made(draw), *actions]


@Transformer.case("the gradient reaches every parameter")
def gradient(draw: Draw) -> Actions:
    upstream = draw.normal(BATCH, TGT, TGT_VOCABULARY)
    src, tgt = draw_sentences(draw)
    return [*_run(Transformer, draw, src, tgt), gradients(logits=upstream)]


@Transformer.case("float32 weights give float32 logits")
def float32_logits(draw: Draw) -> Actions:
    weights = {name: array.astype(np.float32) for name, array in draw_state(draw).items()}
    src, tgt = draw_sentences(draw)
    made = build(**SIZES, num_heads=HEADS, dropout=0.0, max_len=30)
    return [made, load(weights, "float32"), mode(training=False), call(src, tgt, returns=("logits",))]


@Transformer.case("in evaluation nothing is dropped")
def dropout_in_evaluation(draw: Draw) -> Actions:
    src, tgt = draw_sentences(draw)
    calls = [call(src, tgt, returns=("logits",), label=label) for label in ("first call: ", "second call: ")]
    return [*_made(draw, dropout=DROPOUT), *calls]


@Transformer.case(
    "in training the sums of embeddings and encodings, and both stacks, are dropped at the rate `dropout`",
    view=what_is_left,
)
def all_is_dropped(draw: Draw) -> Actions:
    src, tgt = draw_sentences(draw)
    calls = [call_method("encode", src, returns=("memory",)), call(src, tgt, returns=("logits",))]
    return [*_made(draw, dropout=NEARLY_ALL), mode(training=True), *calls]


@Transformer.case("in training both stacks drop what their sublayers give, at the rate `dropout`", view=what_is_left)
def stacks_dropped(draw: Draw) -> Actions:
    """The first token of a sentence is made 0 by its embedding, so that dropping it changes nothing."""
    sizes = SIZES | {"d_model": 16}
    weights = draw_state(draw, **sizes)
    minus_cosines = np.where(np.arange(16) % 2, -0.25, 0.0)
    weights |= {
        f"{side}_embedding.embedding.weight": weights[f"{side}_embedding.embedding.weight"] * 0 + minus_cosines
        for side in ("src", "tgt")
    }
    src, tgt = (draw.generator.integers(1, SRC_VOCABULARY, (20, 1)) for _ in range(2))
    made = build(**sizes, num_heads=HEADS, dropout=NEARLY_ALL, max_len=30)
    encoded = call_method("encode", src, returns=("memory",))
    decoded = call_method("decode", tgt, draw.normal(20, 1, 16), src, returns=("logits",))
    return [made, load(weights), mode(training=True), encoded, decoded]


@Transformer.case("the sums of embeddings and encodings are dropped once, not twice", view=dropout_view)
def dropped_once(draw: Draw) -> Actions:
    return _sums_in_both_modes(draw, dropout=DROPOUT)


@Transformer.case("when dropout is left out, it is 0.1", view=partial(dropout_view, steps=10))
def dropout_left_out(draw: Draw) -> Actions:
    return _sums_in_both_modes(draw)


def _sums_in_both_modes(draw: Draw, **options: float) -> Actions:
    """Show the sums of embeddings and encodings, in evaluation and in training: without layers, they are the memory."""
    sizes = SIZES | {"num_layers": 0}
    src = draw.generator.integers(1, SRC_VOCABULARY, (20, 30))
    actions: Actions = [build(**sizes, num_heads=HEADS, max_len=30, **options), load(draw_state(draw, **sizes))]
    for training, label in ((False, "in evaluation: "), (True, "in training: ")):
        actions += [mode(training), call_method("encode", src, returns=("sums",), label=label)]
    return actions


@Transformer.case("when max_len is left out, there are 5000 positions", tolerance=1e-2)
def max_len_left_out(draw: Draw) -> Actions:
    sizes = SIZES | {"num_layers": 0, "d_model": 2}
    made = [build(**sizes, num_heads=HEADS, dropout=0.0), load(draw_state(draw, **sizes)), mode(training=False)]
    return [*made, call_method("encode", draw.generator.integers(1, SRC_VOCABULARY, (1, 5000)), returns=("sums",))]


@Transformer.case("there are as many positions as `max_len` says", tolerance=1e-2)
def many_positions(draw: Draw) -> Actions:
    sizes = SIZES | {"num_layers": 0, "d_model": 2}
    src = draw.generator.integers(1, SRC_VOCABULARY, (1, 5100))
    return [*_made(draw, sizes, max_len=5100), call_method("encode", src, returns=("sums",))]


# ---- decoding


def _scripted(
    draw: Draw,
    ends: tuple[int, ...],
    max_len: int,
    bos_id: int = 1,
    eos_id: int = 2,
    pad_id: int = 0,
    training: bool = False,
    notes: tuple[str, ...] = (),
    special: bool = False,
) -> Actions:
    """Decode with a model that says `eos_id` after ends[r] other tokens in row r; its first choices are clear."""
    ids = [i for i in range(TGT_VOCABULARY) if i not in (bos_id, eos_id, pad_id)]
    path = draw.generator.choice(ids, (max_len + 3, len(ends)))
    if special:
        path[1, 0], path[1, 1] = pad_id, bos_id
    for row, end in enumerate(ends):
        path[end : end + 1, row] = eos_id
    logits = draw.normal(*path.shape, TGT_VOCABULARY, dtype="float32")
    actions, rows = np.indices(path.shape)
    logits[actions, rows, path] = logits.max(axis=-1) + 1
    src = np.stack([draw.generator.permutation(ids)[:SRC] for _ in ends])
    model = ScriptedModel(logits, src, bos_id, eos_id, training, notes)
    options: dict[str, Any] = {"pad_id": pad_id} if pad_id else {}
    return [call(model, src, bos_id=bos_id, eos_id=eos_id, max_len=max_len, returns=("ids",), **options)]


@greedy_decode.case("each step takes the most likely token and goes on from there", view=any_integers)
def step_by_step(draw: Draw) -> Actions:
    return _scripted(draw, (4, 4, 4), max_len=9)


@greedy_decode.case(
    "each row ends with its own first eos_id and holds padding after it; the longest row gives the width",
    view=any_integers,
)
def own_ends(draw: Draw) -> Actions:
    return _scripted(draw, (2, SRC + 1, 3), max_len=11)


@greedy_decode.case("a row that does not end has max_len tokens, bos_id not counted", view=any_integers)
def cut_off(draw: Draw) -> Actions:
    return _scripted(draw, (99, 2, 99), max_len=6)


@greedy_decode.case(
    "only eos_id ends a row: what the model writes before it stays, even bos_id or pad_id", view=any_integers
)
def any_words(draw: Draw) -> Actions:
    return _scripted(draw, (4, 3, 2), max_len=9, special=True)


@greedy_decode.case("the ids of beginning, end and padding are those that are given", view=any_integers)
def other_ids(draw: Draw) -> Actions:
    return _scripted(draw, (3, 1, 5), max_len=8, bos_id=4, eos_id=0, pad_id=3)


@greedy_decode.case(
    "a model that was training decodes in evaluation mode, and is training again afterwards", view=any_integers
)
def from_training(draw: Draw) -> Actions:
    return _scripted(draw, (2, 4, 3), max_len=9, training=True, notes=("mode",))


@greedy_decode.case("a model that was in evaluation mode is left in it", view=any_integers)
def from_evaluation(draw: Draw) -> Actions:
    return _scripted(draw, (1, 2, 3), max_len=9, training=False, notes=("mode",))


@greedy_decode.case("no gradients are recorded", view=any_integers)
def without_gradients(draw: Draw) -> Actions:
    return _scripted(draw, (3, 2, 1), max_len=9, notes=("gradients",))


@greedy_decode.case("a sentence is encoded once, and not again at every step", view=any_integers)
def encoded_once(draw: Draw) -> Actions:
    return _scripted(draw, (3, 1, 2), max_len=9, notes=("encodings",))


@greedy_decode.case("a batch may end at its first token", hidden=True, view=any_integers)
def nothing_to_say(draw: Draw) -> Actions:
    return _scripted(draw, (0, 0, 0, 0), max_len=5)


@greedy_decode.case("one sentence, and one token, are enough", hidden=True, view=any_integers)
def one_and_one(draw: Draw) -> Actions:
    alone = _scripted(draw, (3,), max_len=6)[0] | {"label": "one sentence: "}
    return [alone, _scripted(draw, (2, 99), max_len=1, bos_id=7, eos_id=5, pad_id=6)[0] | {"label": "one token: "}]


# ---- what every exercise is asked


def _asked(exercise: Exercise, more_in_source: int = 2) -> Asked:
    def inputs(draw: Draw, batch: int, tokens: int) -> list:
        src_shown, tgt_shown = (np.ones((batch, n), dtype=bool) for n in (tokens + more_in_source, tokens))
        return [*draw_sentences(draw, src_shown, tgt_shown)]

    def run(draw: Draw, inputs: list, label: str = "") -> Actions:
        options: dict[str, Any] = {"max_len": 80} if exercise is Transformer else {}
        actions = _run(exercise, draw, *inputs, **options)
        return [*actions[:-1], actions[-1] | {"label": label}]

    return Asked(exercise, run, inputs, output="logits", like=1, width=TGT_VOCABULARY)


def _add_families() -> None:
    for exercise in (transformer, Transformer):
        nothing_is_remembered(_asked(exercise))
        any_length(_asked(exercise))
        equal_sizes(_asked(exercise, more_in_source=0))
    training_without_dropout(_asked(Transformer), silenced="feed_forward.linear2.weight", dropout=0.0)


_add_families()


@Transformer.case("the sizes that are left out are d_model 512, 8 heads, 6 layers and d_ff 2048")
def defaults(draw: Draw) -> Actions:
    words = {"src_vocab_size": SRC_VOCABULARY, "tgt_vocab_size": TGT_VOCABULARY, "max_len": 8}
    sizes = SIZES | {"d_model": 16}
    src, tgt = draw_sentences(draw)
    return [
        build(**words, d_model=4, num_heads=2, d_ff=3),
        parameters("without num_layers: "),
        build(**words, num_layers=0, num_heads=2),
        parameters("without d_model: "),
        build(**words, d_model=4, num_heads=2, num_layers=1),
        parameters("without d_ff: "),
        build(**sizes, max_len=8),
        load(draw_state(draw, **sizes)),
        mode(training=False),
        call(src, tgt, returns=("logits",), label="without num_heads: "),
    ]


@greedy_decode.case("the caller's source is left as it was", view=any_integers)
def source_unchanged(draw: Draw) -> Actions:
    return [*_scripted(draw, (2, 3, 1), max_len=6), arguments_after()]


# ---- the test of it, written by a student

test_transformer = write_the_test(
    transformer,
    points=2,
    right=RIGHT,
    misconceptions=MISCONCEPTIONS,
    around=[
        ("all logits are 0.1 % too large", "scaled", (1.001,)),
        ("0.001 is added to all logits", "shifted", (0.001,)),
        ("the logits are rounded to three digits behind the point", "rounded", (3,)),
        ("every pair of sentences gets the logits of the first one", "first_of_batch", ()),
        ("the logits come in the opposite order", "reversed_along", (-1,)),
        ("pad_id is 0, whatever is given", "set_to", ("pad_id", 5, 0)),
        ("the heads are all but one ignored: num_heads is taken to be 1", "set_to", ("num_heads", 3, 1)),
        ("only the first layers are used: num_layers is taken to be 1", "set_to", ("num_layers", 4, 1)),
        ("the bias of the output map is ignored", "without_weight", ("output.bias", 2)),
        ("the caller's array of ids is another one after the call", "changes_in_place", (1,)),
        ("a result is given again whenever the shapes are the same", "remembers", ()),
    ],
)
