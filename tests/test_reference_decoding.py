"""The reference of unit 10: beams against trying everything, the cache against decoding anew, measures by hand."""

import itertools
import math
import random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from transformer_ref.in_numpy.decoding import beam_search, bleu, edit_distance, error_rate, next_token_distribution
from transformer_ref.in_torch.decoding import CachedDecoder
from transformer_ref.in_torch.transformer import Transformer, greedy_decode

BOS, EOS, VOCABULARY = 1, 2, 5
GENERATOR = np.random.default_rng(5)


def language(seed: int, ends: float = 0.0):
    """Log-probabilities that depend on the whole prefix."""
    scores = np.random.default_rng(seed).normal(size=(97, VOCABULARY))
    scores[:, EOS] += ends
    table = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return lambda prefixes: table[(prefixes * (np.arange(prefixes.shape[1]) + 2) ** 2).sum(axis=1) % 97]


def every_sentence(max_len: int):
    others = [token for token in range(VOCABULARY) if token != EOS]
    for length in range(1, max_len + 1):
        for beginning in itertools.product(others, repeat=length - 1):
            yield [*beginning, EOS]
            if length == max_len:
                yield from ([*beginning, last] for last in others)


def score(next_log_probs, ids: list[int], alpha: float) -> float:
    prefixes = [[BOS, *ids[:n]] for n in range(len(ids))]
    total = sum(
        float(next_log_probs(np.array([prefix]))[0, token]) for prefix, token in zip(prefixes, ids, strict=True)
    )
    return total / ((5 + len(ids)) / 6) ** alpha


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.5])
@pytest.mark.parametrize("seed", range(4))
def test_a_beam_that_holds_everything_finds_the_best_sentence_of_all(seed, alpha):
    model = language(seed)
    ids, best = beam_search(model, BOS, EOS, 5**4, 4, alpha)
    wanted = max(every_sentence(4), key=lambda ids: score(model, ids, alpha))
    assert ids == wanted
    assert best == pytest.approx(score(model, wanted, alpha), abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_a_beam_of_one_is_greedy(seed):
    model, greedy = language(seed), [BOS]
    while len(greedy) <= 6 and greedy[-1] != EOS:
        greedy.append(int(model(np.array([greedy])).argmax()))
    assert beam_search(model, BOS, EOS, 1, 6)[0] == greedy[1:]


@pytest.mark.parametrize("width", [1, 2, 3, 8])
def test_the_score_is_that_of_the_sentence(width):
    model = language(3, ends=-1.0)
    ids, best = beam_search(model, BOS, EOS, width, 7, 0.6)
    assert best == pytest.approx(score(model, ids, 0.6), abs=1e-12)
    assert len(ids) <= 7
    assert EOS not in ids[:-1]


def test_a_distribution_is_cut_in_the_order_that_is_written():
    logits = np.log([[0.4, 0.1, 0.3, 0.15, 0.05]])
    assert np.allclose(next_token_distribution(logits), [[0.4, 0.1, 0.3, 0.15, 0.05]])
    assert np.allclose(next_token_distribution(logits, top_k=2), [[4 / 7, 0, 3 / 7, 0, 0]])
    assert np.allclose(next_token_distribution(logits, top_p=0.6), [[4 / 7, 0, 3 / 7, 0, 0]])
    assert np.allclose(next_token_distribution(logits, top_k=2, top_p=0.5), [[1, 0, 0, 0, 0]])
    assert np.allclose(next_token_distribution(logits, temperature=0.0), [[1, 0, 0, 0, 0]])
    squares = np.exp(2 * logits)
    assert np.allclose(next_token_distribution(logits, temperature=0.5, top_k=99), squares / squares.sum())


@pytest.mark.parametrize("options", [{}, {"top_k": 3}, {"top_p": 0.7}, {"temperature": 0.001, "top_p": 0.9}])
def test_every_row_is_a_distribution(options):
    found = next_token_distribution(GENERATOR.normal(size=(3, 4, 9), scale=200), **options)
    assert np.isfinite(found).all()
    assert np.allclose(found.sum(axis=-1), 1)


# ---- the cache


def small_model(pad_id: int = 0) -> Transformer:
    model = Transformer(11, 13, d_model=8, num_heads=2, num_layers=2, d_ff=20, max_len=30, pad_id=pad_id)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.5)
    return model.double().eval()


SRC = torch.tensor([[3, 4, 5, 6, 0, 0], [7, 8, 9, 10, 3, 4], [5, 0, 6, 0, 7, 0]])
TGT = torch.tensor([[1, 5, 0, 6, 7], [1, 8, 9, 0, 0], [1, 3, 4, 12, 11]])


@torch.no_grad()
@pytest.mark.parametrize("pad_id", [0, 5])
def test_the_cache_says_what_decoding_anew_says(pad_id):
    model = small_model(pad_id)
    decoder, memory = CachedDecoder(model), model.encode(SRC)
    decoder.start(SRC)
    for length in range(1, TGT.shape[1] + 1):
        wanted = model.decode(TGT[:, :length], memory, SRC)[:, -1]
        assert (decoder.step(TGT[:, length - 1]) - wanted).abs().max() < 1e-12


@torch.no_grad()
@pytest.mark.parametrize("before", [0, 2])
def test_reordered_rows_go_on_as_themselves(before):
    model, indices = small_model(), torch.tensor([2, 2, 0, 1])
    decoder = CachedDecoder(model)
    decoder.start(SRC)
    for column in TGT[:, :before].T:
        decoder.step(column)
    decoder.reorder(indices)
    src, tgt = SRC[indices], TGT[indices]
    for length in range(before + 1, TGT.shape[1] + 1):
        wanted = model.decode(tgt[:, :length], model.encode(src), src)[:, -1]
        assert (decoder.step(tgt[:, length - 1]) - wanted).abs().max() < 1e-12


@torch.no_grad()
def test_greedy_decoding_with_the_cache_is_greedy_decoding():
    model = small_model()
    decoder = CachedDecoder(model)
    decoder.start(SRC)
    said = [torch.full((3,), BOS)]
    for _ in range(8):
        said.append(decoder.step(said[-1]).argmax(dim=-1))
    wanted = greedy_decode(model, SRC, BOS, EOS, 8)
    for row, ours in zip(wanted, torch.stack(said[1:], dim=1), strict=True):
        ended = (ours == EOS).nonzero()
        length = min(int(ended[0, 0]) + 1 if len(ended) else 8, len(row))
        assert row[:length].tolist() == ours[:length].tolist()


# ---- measures


@pytest.mark.parametrize(
    ("a", "b", "edits"),
    [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("ab", "ba", 2), ("", "", 0), ([1, 21], [12, 1], 2)],
)
def test_known_distances(a, b, edits):
    assert edit_distance(a, b) == edits
    assert edit_distance(b, a) == edits


@given(
    st.lists(st.integers(0, 3), max_size=7),
    st.lists(st.integers(0, 3), max_size=7),
    st.lists(st.integers(0, 3), max_size=7),
)
def test_a_detour_is_never_shorter(a, b, c):
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
    assert (edit_distance(a, b) == 0) is (a == b)


def test_the_error_rate_divides_sums():
    assert error_rate(["abcd", "xy"], ["abd", "yx"]) == pytest.approx(3 / 6)
    assert error_rate(["a"], ["bcd"]) == 3


def test_bleu_in_numbers():
    """The worked example of the lesson: five of six words, three of five pairs, and so on."""
    reference, said = ["the", "cat", "sat", "on", "the", "mat"], ["the", "cat", "sat", "on", "a", "mat"]
    wanted = 100 * math.exp((math.log(5 / 6) + math.log(3 / 5) + math.log(2 / 4) + math.log(1 / 3)) / 4)
    assert bleu([[reference]], [said]) == pytest.approx(wanted)
    assert bleu([[reference]], [reference]) == pytest.approx(100)
    assert bleu([[reference]], [said[:4]]) == pytest.approx(100 * math.exp(1 - 6 / 4))
    assert bleu([[reference]], [["a", "b", "c", "d"]]) == 0


# BLEU(tokenize="none", smooth_method="none", max_ngram_order=…) of sacrebleu 2.6.0, by seed, references and order
SACREBLEU = {
    (0, 1, 2): 72.74654957992101,
    (0, 1, 4): 59.66191151832077,
    (0, 2, 2): 88.40244354947633,
    (0, 2, 4): 80.04110853783476,
    (0, 3, 2): 95.63820714895628,
    (0, 3, 4): 91.19272058358332,
    (1, 1, 2): 64.74489521004159,
    (1, 1, 4): 48.90465837301545,
    (1, 2, 2): 91.24340442834567,
    (1, 2, 4): 87.62347737974045,
    (1, 3, 2): 94.91579957524993,
    (1, 3, 4): 91.32134056673996,
    (2, 1, 2): 74.43255863124755,
    (2, 1, 4): 65.33331252036557,
    (2, 2, 2): 90.66493772620643,
    (2, 2, 4): 81.27751507597006,
    (2, 3, 2): 97.59047945423926,
    (2, 3, 4): 95.04170302316518,
    (3, 1, 2): 69.64161947411753,
    (3, 1, 4): 52.05191991000927,
    (3, 2, 2): 87.07707839849466,
    (3, 2, 4): 78.46833286204581,
    (3, 3, 2): 89.87956037563269,
    (3, 3, 4): 82.11326346858225,
}


def corpus(seed: int, number: int) -> tuple[list[list[list[str]]], list[list[str]]]:
    """Five hypotheses, each with some references."""
    r = random.Random(seed)
    said, known = [], []
    for _ in range(5):
        words = [r.choice("abcdefg") for _ in range(r.randint(1, 14))]
        said.append(words)
        known.append([changed(words, r) for _ in range(number)])
    return known, said


def changed(words: list[str], r: random.Random) -> list[str]:
    others = [r.choice("abcdefg") if r.random() < 0.2 else word for word in words]
    return others[r.randint(0, 1) :] + ["a"] * r.randint(0, 2)


@pytest.mark.parametrize(("seed", "number", "order"), SACREBLEU)
def test_bleu_is_that_of_sacrebleu(seed, number, order):
    assert bleu(*corpus(seed, number), max_n=order) == pytest.approx(SACREBLEU[seed, number, order], abs=1e-9)
