"""Unit 10, decoding (section 6.1): beam search, sampling, cached keys and values, and the measures of a translation.

Beam search runs on functions that say what is written in a table, so that no model has to be trained. `CachedDecoder`
gets a small model with random weights; how often its linear maps are computed is counted. Where two hypotheses would be
equally good a table is not used, and neither are ties at the border of `top_k` or `top_p`.
"""

from typing import Any

import numpy as np

from autograder.exercise import Actions, Exercise
from autograder.protocol.arguments import NextLogProbs, Translator
from autograder.protocol.probe import (
    Action,
    arguments_after,
    call,
    call_method,
    construct,
    counted,
    plain,
)
from autograder.random_inputs import Draw
from autograder.views.decoding import is_a_list
from instructor.misconceptions.decoding import MISCONCEPTIONS

__all__ = ["MISCONCEPTIONS"]

BOS, EOS, VOCABULARY, STATES, STEPS = 1, 2, 7, 13, 9
BATCH, SRC, TGT, HEADS, D_MODEL, D_FF, SRC_VOCABULARY, TGT_VOCABULARY = 3, 7, 6, 2, 8, 20, 11, 13

beam_search = Exercise(
    "beam_search",
    points=8,
    section="6.1",
    equation="beam search with a length penalty α = 0.6 (Wu et al., 2016): Σ log p / ((5 + n) / 6)^α",
    tolerance=1e-9,
)
next_token_distribution = Exercise(
    "next_token_distribution",
    points=4,
    section="",
    equation="p = softmax(logits / temperature), cut to the k likeliest tokens or to the nucleus p",
    tolerance=1e-9,
    paper="Holtzman et al. (2020)",
)
CachedDecoder = Exercise(
    "CachedDecoder",
    points=9,
    section="3.2.3",
    equation="each position can attend to all positions up to and including that position",
    tolerance=1e-6,
)
edit_distance = Exercise(
    "edit_distance",
    points=2,
    section="",
    equation="the fewest insertions, deletions and substitutions",
    tolerance=1e-9,
    paper="Levenshtein (1966)",
)
error_rate = Exercise(
    "error_rate",
    points=2,
    section="",
    equation="Σ edit distances / Σ reference lengths",
    tolerance=1e-9,
    paper="The error rate of speech recognition",
)
bleu = Exercise(
    "bleu",
    points=6,
    section="6.1",
    equation="BLEU (Papineni et al., 2002): 100 · min(1, e^(1 - r/c)) · (p₁ … p_N)^(1/N)",
    tolerance=1e-9,
)


# ---- beam search


def _log_softmax(scores: np.ndarray) -> np.ndarray:
    """Rounded to single precision: half of each number is 0, and nothing that is tried depends on the rest."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_probs.astype(np.float32).astype(np.float64)


def _random_table(
    draw: Draw, ends: float | list[float] = 0.0, eos_id: int = EOS, steps: int = STEPS, scale: float = 1.2
) -> np.ndarray:
    """Log-probabilities of a function whose hypotheses end the more readily, the larger `ends` is (for each step)."""
    scores = draw.normal(steps, STATES, VOCABULARY, scale=scale)
    scores[:, :, eos_id] += np.broadcast_to(ends, (steps,))[:, None]
    return _log_softmax(scores)


def _searched(table: np.ndarray, beam_size: int, max_len: int, label: str = "", **options: Any) -> Action:
    ids = {"bos_id": BOS, "eos_id": EOS} | {name: options.pop(name) for name in ("bos_id", "eos_id") if name in options}
    model = NextLogProbs(table, options.pop("by_last", False))
    sizes = {"beam_size": beam_size, "max_len": max_len}
    return plain(call(model, **ids, **sizes, **options, returns=("ids", "score"), label=label))


@beam_search.case("the beam_size best extensions of all hypotheses together are kept at each step", view=is_a_list)
def best_extensions(draw: Draw) -> Actions:
    return [
        _searched(_random_table(draw, -1.0), width, 6, f"{width} hypotheses, model {number}: ")
        for number in (1, 2, 3)
        for width in (2, 3)
    ]


@beam_search.case("with alpha 0 the sums are compared as they are", view=is_a_list)
def without_penalty(draw: Draw) -> Actions:
    return [_searched(_random_table(draw), 3, 7, f"model {n}: ", alpha=0.0) for n in (1, 2, 3)]


@beam_search.case("a beam of one says what greedy decoding says", view=is_a_list)
def beam_of_one(draw: Draw) -> Actions:
    return [_searched(_random_table(draw, 0.3), 1, 8, f"model {n}: ") for n in (1, 2, 3)]


@beam_search.case("a beginning that looks worse may be the better one: two are followed, not one", view=is_a_list)
def better_later(draw: Draw) -> Actions:
    """The best first token leads nowhere; the second best goes on surely."""
    good, bad, other = draw.generator.permutation([0, 3, 4])
    table = np.full((STEPS, VOCABULARY, VOCABULARY), -3.0) + draw.normal(STEPS, VOCABULARY, VOCABULARY, scale=0.05)
    table[0, BOS, [bad, good]] = 1.0, 0.6
    table[1, good, other], table[2, other, EOS] = 4.0, 5.0
    return [_searched(_log_softmax(table), 2, 5, by_last=True)]


@beam_search.case(
    "a finished hypothesis leaves the beam, and its place is filled again at the next step", view=is_a_list
)
def places_filled(draw: Draw) -> Actions:
    ends = [0.5, 1.5, 0.5, -1.0, -1.0, -1.0, 1.0, 2.0, 3.0]
    return [_searched(_random_table(draw, ends), width, 8, f"{width} hypotheses: ", alpha=1.5) for width in (3, 4, 5)]


@beam_search.case("the search goes on after the first end, and after as many ends as there are places", view=is_a_list)
def goes_on(draw: Draw) -> Actions:
    """Ends that come early are worse than the one that comes late, and there are as many as the beam has places."""
    table = draw.normal(STEPS, VOCABULARY, VOCABULARY, scale=0.1)
    for step, word in enumerate(draw.generator.choice([0, 3, 4, 5, 6], STEPS)):
        early = step < 3
        table[step, :, word] += 6.0 if early else 9.0 * (step < STEPS - 1)
        table[step, :, EOS] += 5.3 if early else 9.0 * (step == STEPS - 1)
    return [
        _searched(_log_softmax(table), width, STEPS, f"{width} hypotheses: ", by_last=True, alpha=2.5)
        for width in (2, 3)
    ]


@beam_search.case("hypotheses of very different lengths compete by their scores", view=is_a_list)
def different_lengths(draw: Draw) -> Actions:
    table = _random_table(draw, [0.6, 0.6, -2.0, -4.0, -4.0, 4.0, 4.0, 4.0, 4.0], scale=0.7)
    table = _log_softmax(table * np.array([1, 1, 1, 3, 4, 4, 4, 4, 4])[:, None, None])
    return [_searched(table, width, 9, f"{width} hypotheses: ", alpha=2.5) for width in (2, 3)]


@beam_search.case(
    "n counts the generated tokens with eos_id, and the sum is divided by ((5 + n) / 6) ** alpha", view=is_a_list
)
def length_penalty(draw: Draw) -> Actions:
    alphas = (0.6, 1.0, 1.7)
    ends = [_random_table(draw, [-2.0, -1.0, 0.0, 0.5, 1.0, 1.0, 1.0, 2.0, 3.0]) for _ in alphas]
    return [_searched(t, 4, 9, f"alpha {alpha}: ", alpha=alpha) for t, alpha in zip(ends, alphas, strict=True)]


@beam_search.case("when alpha is left out, it is 0.6", view=is_a_list)
def alpha_left_out(draw: Draw) -> Actions:
    return [_searched(_random_table(draw, [-1.0, 0, 0, 1, 1, 1, 2, 2, 3]), 3, 8, f"model {n}: ") for n in (1, 2)]


@beam_search.case("after max_len tokens those still live count as finished, too", view=is_a_list)
def cut_off(draw: Draw) -> Actions:
    never = _searched(_random_table(draw, -9.0), 3, 4, "none ends: ")
    late = _random_table(draw, [-9.0, 0.4, -6.0, -9.0, -9.0, -9.0, -9.0, -9.0, -9.0])
    some = _searched(
        _log_softmax(late * np.array([1, 1, 1, 5, 5, 5, 5, 5, 5])[:, None, None]), 3, 6, "some end: ", alpha=2.0
    )
    early = _searched(
        _random_table(draw, [5.0, 5.0, -9.0, -9.0, -9.0, -9.0, -9.0, -9.0, -9.0]), 3, 5, "most end early: "
    )
    return [never, some, early]


@beam_search.case("the ids of beginning and end are those that are given", view=is_a_list)
def other_ids(draw: Draw) -> Actions:
    return [
        _searched(_random_table(draw, 0.2, eos_id=eos), 3, 6, f"bos_id {bos}, eos_id {eos}: ", bos_id=bos, eos_id=eos)
        for bos, eos in ((5, 0), (0, 4), (6, 3))
    ]


@beam_search.case("one token, more places than tokens, and a second search work as well", view=is_a_list)
def small_searches(draw: Draw) -> Actions:
    table = _random_table(draw, 0.1)
    return [
        _searched(table, 3, 1, "one token: "),
        _searched(table, 9, 3, "more places than tokens: "),
        _searched(_random_table(draw, -1.0), 2, 5, "another model: "),
        _searched(table, 3, 1, "the first again: "),
    ]


@beam_search.case("wider beams and longer sentences work as well", view=is_a_list, hidden=True)
def wide_beams(draw: Draw) -> Actions:
    return [_searched(_random_table(draw, -0.5, steps=20), width, 20, f"{width}: ") for width in (4, 10, 25)]


# ---- sampling


def _logits(draw: Draw, *leading: int, vocabulary: int = 12, scale: float = 1.5) -> np.ndarray:
    return draw.normal(*leading, vocabulary, scale=scale)


def _distribution(logits: np.ndarray, label: str = "", **options: Any) -> Action:
    return call(logits, returns=("probabilities",), label=label, **options)


@next_token_distribution.case("without options it is the softmax along the last axis, for any number of leading axes")
def softmax_of_logits(draw: Draw) -> Actions:
    shapes = {"one row: ": (), "a batch: ": (5,), "two leading axes: ": (3, 4)}
    return [_distribution(_logits(draw, *shape), label) for label, shape in shapes.items()]


@next_token_distribution.case("the logits are divided by the temperature, before the softmax")
def temperature(draw: Draw) -> Actions:
    return [_distribution(_logits(draw, 4), f"temperature {t}: ", temperature=t) for t in (0.5, 0.8, 2.0)]


@next_token_distribution.case("temperature 0 gives the best token of each row all the probability")
def temperature_zero(draw: Draw) -> Actions:
    every = _distribution(_logits(draw, 5), "temperature 0: ", temperature=0.0)
    return [every, _distribution(_logits(draw), "one row, and top_k and top_p: ", temperature=0.0, top_k=3, top_p=0.5)]


@next_token_distribution.case(
    "top_k keeps the k best of each row and makes their sum 1; a k above the vocabulary keeps all"
)
def k_best(draw: Draw) -> Actions:
    given = {f"top_k {k}: ": {"top_k": k} for k in (1, 3, 7, 40)}
    return [_distribution(_logits(draw, 5), label, **options) for label, options in given.items()]


@next_token_distribution.case("top_p keeps the fewest of the best tokens whose share reaches it, at least one")
def best_share(draw: Draw) -> Actions:
    return [_distribution(_logits(draw, 6), f"top_p {p}: ", top_p=p) for p in (0.05, 0.4, 0.7, 0.93)]


@next_token_distribution.case("the order is temperature, top_k, top_p, and top_p is a share of what top_k has left")
def all_three(draw: Draw) -> Actions:
    combinations: list[dict[str, Any]] = [
        {"temperature": 0.7, "top_k": 4},
        {"temperature": 2.5, "top_p": 0.6},
        {"top_k": 5, "top_p": 0.6},
        {"top_k": 4, "top_p": 0.75},
        {"temperature": 1.6, "top_k": 6, "top_p": 0.7},
    ]
    names = [", ".join(f"{name} {value}" for name, value in options.items()) for options in combinations]
    return [
        _distribution(_logits(draw, 6), f"{name}: ", **options)
        for name, options in zip(names, combinations, strict=True)
    ]


@next_token_distribution.case("large logits and low temperatures give finite numbers")
def large_logits(draw: Draw) -> Actions:
    large = draw.generator.permutation(np.linspace(-2000, 3000, 12))
    return [
        _distribution(large, "large: "),
        _distribution(_logits(draw, 3), "temperature 0.001: ", temperature=0.001),
        _distribution(large[None], "large, with top_p: ", top_p=0.9),
    ]


@next_token_distribution.case("the caller's logits are left as they were")
def logits_unchanged(draw: Draw) -> Actions:
    options: dict[str, Any] = {"temperature": 0.9, "top_k": 6, "top_p": 0.8}
    return [_distribution(_logits(draw, 4), **options), arguments_after()]


@next_token_distribution.case("many tokens and rows work as well", hidden=True)
def many_tokens(draw: Draw) -> Actions:
    return [_distribution(_logits(draw, 2, 9, vocabulary=300), temperature=1.3, top_k=80, top_p=0.9)]


# ---- decoding with a cache


def _layer(draw: Draw, name: str, attentions: tuple[str, ...], d_model: int, d_ff: int) -> dict[str, np.ndarray]:
    maps = tuple(f"{name}.{attention}.w_{role}" for attention in attentions for role in "qkvo")
    weights = draw.linear(maps, d_model, d_model)
    weights |= draw.linear((f"{name}.feed_forward.linear1",), d_ff, d_model)
    weights |= draw.linear((f"{name}.feed_forward.linear2",), d_model, d_ff)
    for norm in (f"{name}.residual{number}.norm" for number in range(1, len(attentions) + 2)):
        weights |= {
            f"{norm}.gamma": 1 + draw.normal(d_model, scale=0.4),
            f"{norm}.beta": draw.normal(d_model, scale=0.4),
        }
    return weights


def _model(
    draw: Draw, num_layers: int = 1, num_heads: int = HEADS, d_model: int = D_MODEL, pad_id: int = 0
) -> Translator:
    """A model with random weights; small embeddings keep the attention from looking at one token only."""
    sizes = {"src_vocab_size": SRC_VOCABULARY, "tgt_vocab_size": TGT_VOCABULARY, "d_model": d_model}
    sizes |= {"num_heads": num_heads, "num_layers": num_layers, "d_ff": D_FF, "max_len": 40, "pad_id": pad_id}
    weights = {
        f"{side}_embedding.embedding.weight": draw.normal(sizes[f"{side}_vocab_size"], d_model, scale=0.4)
        for side in ("src", "tgt")
    }
    for number in range(num_layers):
        weights |= _layer(draw, f"encoder.layers.{number}", ("self_attention",), d_model, D_FF)
        weights |= _layer(draw, f"decoder.layers.{number}", ("self_attention", "cross_attention"), d_model, D_FF)
    return Translator(weights | draw.linear(("output",), TGT_VOCABULARY, d_model), sizes)


def _ids(draw: Draw, vocabulary: int, *shape: int, pad_id: int = 0) -> np.ndarray:
    """Random tokens, none of which is padding."""
    ids = draw.generator.integers(0, vocabulary - 1, shape)
    return ids + (ids >= pad_id)


def _start(src: np.ndarray, label: str = "") -> Action:
    return call_method("start", src, returns=(), label=label)


def _steps(tokens: np.ndarray, label: str = "", first: int = 1) -> Actions:
    return [
        call_method("step", column.copy(), returns=("logits",), label=f"{label}step {number}: ")
        for number, column in enumerate(tokens.T, first)
    ]


def _last_counted(actions: Actions) -> Actions:
    """The same, and how often the linear maps are computed in the last step. To count takes longer than the step."""
    return [*actions[:-1], counted(actions[-1])]


def _reorder(indices: list[int]) -> Action:
    return call_method("reorder", np.array(indices), returns=())


@CachedDecoder.case("each step gives the last row of `model.decode` on all tokens so far")
def as_decode(draw: Draw) -> Actions:
    src, tgt = _ids(draw, SRC_VOCABULARY, BATCH, SRC), _ids(draw, TGT_VOCABULARY, BATCH, 4)
    return _last_counted([construct(_model(draw, num_layers=2)), _start(src), *_steps(tgt)])


@CachedDecoder.case(
    "each linear map of the decoder sees one token per sequence and step, and the source is encoded once"
)
def one_token(draw: Draw) -> Actions:
    src, tgt = _ids(draw, SRC_VOCABULARY, 2, SRC), _ids(draw, TGT_VOCABULARY, 2, 3)
    return [construct(_model(draw, num_layers=2)), *map(counted, (_start(src), *_steps(tgt)))]


@CachedDecoder.case("padding in the source is hidden from the memory's keys")
def padded_source(draw: Draw) -> Actions:
    src = np.where(np.arange(SRC) < np.array([[4], [7], [2]]), _ids(draw, SRC_VOCABULARY, BATCH, SRC), 0)
    return _last_counted([construct(_model(draw)), _start(src), *_steps(_ids(draw, TGT_VOCABULARY, BATCH, 2))])


@CachedDecoder.case("padding among the tokens so far is hidden from those that come after it")
def padded_target(draw: Draw) -> Actions:
    src, tgt = _ids(draw, SRC_VOCABULARY, BATCH, SRC), _ids(draw, TGT_VOCABULARY, BATCH, TGT)
    tgt[0, 2], tgt[1, 1], tgt[1, 3] = 0, 0, 0
    return _last_counted([construct(_model(draw)), _start(src), *_steps(tgt)])


@CachedDecoder.case("the padding's id is the model's own")
def other_pad_id(draw: Draw) -> Actions:
    src, tgt = _ids(draw, SRC_VOCABULARY, BATCH, SRC, pad_id=3), _ids(draw, TGT_VOCABULARY, BATCH, TGT, pad_id=3)
    src[0, 4:], src[1, 2], tgt[0, 1], tgt[2, 2], tgt[1, 0] = 3, 0, 3, 3, 0
    return _last_counted([construct(_model(draw, pad_id=3)), _start(src), *_steps(tgt)])


@CachedDecoder.case("`start` begins again, with any number of sentences of any length")
def started_again(draw: Draw) -> Actions:
    batches = {"at first: ": (BATCH, SRC), "as many again: ": (BATCH, SRC), "fewer: ": (2, 4)}
    actions: Actions = [construct(_model(draw))]
    for label, shape in batches.items():
        actions.append(_start(_ids(draw, SRC_VOCABULARY, *shape), label))
        actions += _steps(_ids(draw, TGT_VOCABULARY, shape[0], 2), label)
    return _last_counted(actions)


def _padded(draw: Draw) -> np.ndarray:
    return np.where(np.arange(SRC) < np.array([[5], [3], [7]]), _ids(draw, SRC_VOCABULARY, BATCH, SRC), 0)


@CachedDecoder.case("after `reorder`, each row goes on with the source and the tokens of the row that it came from")
def reordered(draw: Draw) -> Actions:
    before, after = _ids(draw, TGT_VOCABULARY, BATCH, 3), _ids(draw, TGT_VOCABULARY, BATCH, 2)
    before[1, 1] = before[0, 2] = 0
    made = [construct(_model(draw, num_layers=2)), _start(_padded(draw)), *_steps(before)]
    return _last_counted([*made, _reorder([2, 0, 1]), *_steps(after, "after it, ", 4)])


@CachedDecoder.case("`reorder` takes indices of any length, in which rows may repeat")
def rows_repeat(draw: Draw) -> Actions:
    made = [construct(_model(draw)), _start(_padded(draw)), *_steps(_ids(draw, TGT_VOCABULARY, BATCH, 2))]
    more = [_reorder([1, 1, 0, 2, 1]), *_steps(_ids(draw, TGT_VOCABULARY, 5, 2), "five rows, ", 3)]
    return _last_counted([*made, *more, _reorder([4, 2]), *_steps(_ids(draw, TGT_VOCABULARY, 2, 2), "two rows, ", 5)])


@CachedDecoder.case("`reorder` works before the first step, too")
def reordered_at_once(draw: Draw) -> Actions:
    made = [construct(_model(draw)), _start(_padded(draw)), _reorder([0, 0, 2, 1])]
    return _last_counted([*made, *_steps(_ids(draw, TGT_VOCABULARY, 4, 2))])


@CachedDecoder.case("one sentence, one layer, and as many heads as features work as well")
def small_models(draw: Draw) -> Actions:
    sizes = ({"num_heads": HEADS}, {"num_heads": 1}, {"num_heads": D_MODEL})
    actions: Actions = []
    for options in sizes:
        label = f"{next(iter(options)).replace('_', ' ')} {next(iter(options.values()))}: "
        actions += [construct(_model(draw, **options)), _start(_ids(draw, SRC_VOCABULARY, 1, 5), label)]
        actions += _steps(_ids(draw, TGT_VOCABULARY, 1, 2), label)
    return _last_counted(actions)


@CachedDecoder.case("other sizes and many tokens work as well", hidden=True)
def many_steps(draw: Draw) -> Actions:
    model = _model(draw, num_layers=3, num_heads=4, d_model=16, pad_id=5)
    src, tgt = _ids(draw, SRC_VOCABULARY, 2, 9, pad_id=5), _ids(draw, TGT_VOCABULARY, 2, 20, pad_id=5)
    src[0, 6:], tgt[1, 4] = 5, 5
    return _last_counted([construct(model), _start(src), *_steps(tgt)])


# ---- measures


def _tokens(draw: Draw, length: int, vocabulary: int = 6) -> list[int]:
    return draw.generator.integers(0, vocabulary, length).tolist()


def _edited(draw: Draw, tokens: list[int], edits: int) -> list[int]:
    """The tokens after some random insertions, deletions and substitutions."""
    tokens = list(tokens)
    for _ in range(edits):
        place, kind = int(draw.generator.integers(0, len(tokens) + 1)), int(draw.generator.integers(0, 3))
        new = [] if kind == 0 else _tokens(draw, 1)
        tokens[place : place + (kind != 1)] = new
    return tokens


def _measured(a: Any, b: Any, label: str = "") -> Action:
    return plain(call(a, b, returns=("distance",), label=label))


@edit_distance.case("it is the smallest number of insertions, deletions and substitutions")
def fewest_edits(draw: Draw) -> Actions:
    pairs = [(tokens, _edited(draw, tokens, n)) for n in (2, 3, 4, 5) for tokens in [_tokens(draw, 9)]]
    pairs += [(_tokens(draw, n), _tokens(draw, m)) for n, m in ((7, 4), (4, 8))]
    return [_measured(a, b, f"pair {number}: ") for number, (a, b) in enumerate(pairs, 1)]


@edit_distance.case("a substitution is one edit, and neighbours that change places are two")
def costs(draw: Draw) -> Actions:
    a, b, c, d = draw.generator.permutation(9)[:4].tolist()
    pairs = {"one other token: ": ([a, b, c], [a, d, c]), "neighbours changed: ": ([a, b, c, d], [a, c, b, d])}
    pairs |= {"moved by one: ": ([a, b, c, d], [b, c, d, a]), "in reverse: ": ([a, b, c], [c, b, a])}
    return [_measured(*pair, label) for label, pair in pairs.items()]


@edit_distance.case("from nothing, and to nothing, it takes as many edits as there are tokens")
def with_nothing(draw: Draw) -> Actions:
    length = int(draw.generator.integers(3, 9))
    same = _tokens(draw, length)
    pairs = {"from nothing: ": ([], _tokens(draw, length)), "to nothing: ": (_tokens(draw, length + 2), [])}
    pairs |= {"nothing at all: ": ([], []), "the same: ": (same, same)}
    return [_measured(*pair, label) for label, pair in pairs.items()]


@edit_distance.case("tokens may be of any kind: letters of a string, words, ids; only equal ones are the same")
def any_tokens(draw: Draw) -> Actions:
    letters = "".join(draw.generator.choice(list("abcABC"), 9))
    number = int(draw.generator.integers(1, 9))
    pairs: dict[str, tuple[Any, Any]] = {
        "large and small letters: ": (letters, letters[:7].swapcase() + "x"),
        "strings with blanks: ": (f"{letters} {letters[:3]}", f"{letters[:2]} {letters[2:]}{letters[1:3]} "),
        "words: ": (["to", "day", "is"], ["today", "is"]),
        "ids of several digits: ": ([number, 1, 21], [10 * number + 1, 2, 1]),
    }
    return [_measured(*pair, label) for label, pair in pairs.items()]


@edit_distance.case("longer sequences work as well, and the caller's are left as they were", hidden=True)
def long_sequences(draw: Draw) -> Actions:
    tokens = _tokens(draw, 40)
    return [_measured(tokens, _edited(draw, tokens, 12)), arguments_after(plain=True)]


def _rated(references: list[Any], hypotheses: list[Any], label: str = "") -> Action:
    return plain(call(references, hypotheses, returns=("rate",), label=label))


@error_rate.case("the distances of all pairs are added up, and divided by the sum of the reference lengths")
def sums_divided(draw: Draw) -> Actions:
    references = [_tokens(draw, n) for n in (3, 9, 14, 6)]
    return [_rated(references, [_edited(draw, r, n) for r, n in zip(references, (3, 1, 4, 2), strict=True)])]


@error_rate.case("where nothing is wrong it is 0, and it may be above 1")
def low_and_high(draw: Draw) -> Actions:
    references = [_tokens(draw, n) for n in (4, 6)]
    return [
        _rated(references, [list(reference) for reference in references], "nothing wrong: "),
        _rated([r[:2] for r in references], [[9] * 7, [8] * 5], "far too long: "),
    ]


@error_rate.case("empty hypotheses, and an empty reference among others, count as they are")
def empty_ones(draw: Draw) -> Actions:
    references = [_tokens(draw, 5), [], _tokens(draw, 4)]
    return [_rated(references, [[], _tokens(draw, 2), _edited(draw, references[2], 1)]), arguments_after(plain=True)]


def _scored(references: list[list[Any]], hypotheses: list[Any], label: str = "", **options: int) -> Action:
    return plain(call(references, hypotheses, returns=("bleu",), label=label, **options))


def _corpus(draw: Draw, lengths: tuple[int, ...], number: int = 1, edits: int = 2) -> tuple[list[Any], list[Any]]:
    """Hypotheses, and for each of them `number` references that are edited versions of one sentence."""
    sentences = [_tokens(draw, length, 12) for length in lengths]
    references = [[_edited(draw, sentence, edits) for _ in range(number)] for sentence in sentences]
    return references, [_edited(draw, sentence, 1) for sentence in sentences]


@bleu.case("the counts of 1- to 4-grams are added up over the corpus, and the geometric mean is taken")
def over_the_corpus(draw: Draw) -> Actions:
    return [_scored(*_corpus(draw, (9, 14, 11, 17)))]


@bleu.case("an n-gram counts only as often as it is in a reference")
def clipped(draw: Draw) -> Actions:
    a, b, c, d, e = draw.generator.permutation(12)[:5].tolist()
    reference = [a, b, c, d, e, a, c, b, d]
    return [_scored([[reference], [[a, b, c, d]]], [[a, b, c, d, a, b, c, d, a, a, a], [a, b, c, d, c, d, c, d]])]


@bleu.case("output that is too short is penalised, and output that is too long is not")
def brevity(draw: Draw) -> Actions:
    references, _ = _corpus(draw, (13, 16), edits=0)
    short, long = [r[0][:-4] for r in references], [r[0] + _tokens(draw, 4, 12) for r in references]
    return [_scored(references, short, "too short: "), _scored(references, long, "too long: ")]


@bleu.case("with several references the largest count of any one is the limit, and the closest length counts")
def several_references(draw: Draw) -> Actions:
    references, hypotheses = _corpus(draw, (12, 15, 10), number=3, edits=3)
    references[0][0] = references[0][0] + _tokens(draw, 5, 12)
    references[1][2] = references[1][2][:-3]
    references[2][1] = references[2][1][:-4]
    sentence = _tokens(draw, 12, 12)
    short = _scored([[sentence[:5], [*sentence, *_tokens(draw, 2, 12)]]], [sentence], "the closest is the longer: ")
    return [_scored(references, [hypothesis[:-2] for hypothesis in hypotheses], "three each: "), short]


@bleu.case("of two references equally close in length the shorter counts")
def closest_length(draw: Draw) -> Actions:
    sentence = _tokens(draw, 12, 12)
    lengths = [sentence + _tokens(draw, 3, 12), sentence[:-3]]
    return [
        _scored([lengths], [sentence], "the longer first: "),
        _scored([lengths[::-1]], [sentence], "the shorter first: "),
        _scored([[[*sentence, 3, 4, 5], [*sentence, 6]], [[*sentence, 7, 8]]], [sentence[:-1], sentence], "far: "),
    ]


@bleu.case("where an order has no match at all it is 0, and so it is for hypotheses that are too short or empty")
def no_match(draw: Draw) -> Actions:
    a, b, c, d = draw.generator.permutation(12)[:4].tolist()
    return [
        _scored([[[a, b, c, d, a]]], [[a, b, c, a, d]], "no 4-gram in common: "),
        _scored([[[a, b, c]]], [[a, b, c]], "three tokens: "),
        _scored([[[a, b, c, d]]], [[]], "nothing said: "),
    ]


@bleu.case("a sentence that is right gets 100, in a corpus and alone")
def all_right(draw: Draw) -> Actions:
    sentences = [_tokens(draw, n, 12) for n in (5, 8)]
    return [_scored([[s] for s in sentences], sentences, "two: "), _scored([[sentences[1]]], sentences[1:], "one: ")]


@bleu.case("the longest n-gram is max_n")
def other_orders(draw: Draw) -> Actions:
    corpus = _corpus(draw, (8, 11, 7), edits=2)
    return [_scored(*corpus, f"max_n {n}: ", max_n=n) for n in (1, 2, 3, 5)]


@bleu.case(
    "sentences of a few tokens count among longer ones, tokens may be words, and nothing is changed", hidden=True
)
def words(draw: Draw) -> Actions:
    references, hypotheses = _corpus(draw, (11, 2, 14, 1, 9), number=2, edits=1)
    spoken = [[[f"w{i}" for i in t] for t in translations] for translations in references]
    said = [[f"w{i}" for i in hypothesis] for hypothesis in hypotheses]
    return [_scored(spoken, said), arguments_after(plain=True)]
