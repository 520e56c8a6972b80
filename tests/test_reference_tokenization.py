"""The reference of unit 8: the quick way of learning merges is the plain one, and every text comes back."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transformer_ref.in_numpy import tokenization
from transformer_ref.in_numpy.tokenization import bpe_decode, bpe_encode, length_batches, pieces, train_bpe

SMALL = st.text(alphabet="aab é\n\tbc日😀", max_size=60)
ANY = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)
SENTENCE = "low low low lower newest newest wider aaa aaaa"


def plain_merges(text: str, num_merges: int) -> list[tuple[bytes, bytes]]:
    """The definition: count all pairs anew at every step."""
    words = [[bytes([byte]) for byte in piece.encode()] for piece in pieces(text)]
    merges: list[tuple[bytes, bytes]] = []
    for _ in range(num_merges):
        counts = Counter(pair for word in words for pair in pairwise(word))
        if not counts:
            break
        merges.append(max(counts, key=lambda pair: (counts[pair], pair)))
        words = [plain_merge(word, merges[-1]) for word in words]
    return merges


def plain_merge(word: list[bytes], pair: tuple[bytes, bytes]) -> list[bytes]:
    merged: list[bytes] = []
    while word:
        size = 2 if tuple(word[:2]) == pair else 1
        merged.append(b"".join(word[:size]))
        word = word[size:]
    return merged


@given(SMALL, st.integers(0, 30))
@settings(deadline=None)
def test_the_merges_are_those_of_the_definition(text, num_merges):
    assert train_bpe(text, num_merges) == plain_merges(text, num_merges)


def test_the_merges_of_a_small_text():
    expected = [b"a a", b"o w", b"l ow", b"  low", b"w e", b"we s", b"wes t", b"n e"]
    assert [b" ".join(pair) for pair in train_bpe(SENTENCE, 8)] == expected


@given(ANY, ANY)
@settings(deadline=None)
def test_every_text_comes_back_whatever_the_merges(trained_on, text):
    merges = train_bpe(trained_on, 20)
    assert bpe_decode(bpe_encode(text, merges), merges) == text


@given(ANY)
def test_pieces_joined_are_the_text(text):
    assert "".join(pieces(text)) == text


def test_the_text_that_was_learned_from_is_encoded_as_it_was_merged():
    merges = train_bpe(SENTENCE, 50)
    ids = bpe_encode(SENTENCE, merges)
    assert len(ids) == len(pieces(SENTENCE))
    assert max(ids) < 256 + len(merges)


def test_ids_that_are_no_text_are_shown_as_such():
    assert bpe_decode([0xC3, 0x28, 0xF0, 0x9F], []) == "\ufffd(\ufffd"


def test_a_special_keeps_its_one_number():
    found = tokenization.build_vocabulary([["b", "<eos>", "a"], ["B", "a"]])
    assert found == {"<pad>": 0, "<bos>": 1, "<eos>": 2, "B": 3, "a": 4, "b": 5}
    assert tokenization.build_vocabulary([["b"], ["a"]], []) == {"a": 0, "b": 1}


def test_padding_is_on_the_right():
    batch = tokenization.pad_batch([[3, 4, 5], [], [6]], 9)
    assert batch.tolist() == [[3, 4, 5], [9, 9, 9], [6, 9, 9]]
    assert batch.dtype == np.int64


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(1, 60))
def test_batches_hold_every_index_once_within_the_limit_and_none_could_take_the_next(lengths, limit):
    batches = length_batches(lengths, limit)
    flat = [i for batch in batches for i in batch]
    assert flat == sorted(range(len(lengths)), key=lambda i: (lengths[i], i))
    for batch in batches:
        assert len(batch) == 1 or lengths[batch[-1]] * len(batch) <= limit
    for batch, after in pairwise(batches):
        assert lengths[after[0]] * (len(batch) + 1) > limit


@pytest.mark.parametrize("letter", ["a", "ab"])
def test_a_long_run_is_learned_quickly_enough_to_be_tried(letter):
    text = " ".join(letter * n for n in range(1, 40))
    assert train_bpe(text, 12) == plain_merges(text, 12)
