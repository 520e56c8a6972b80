"""Tokenization, section 5.1 of Vaswani et al. (2017): byte-pair encoding (Sennrich et al., 2016) on bytes,
vocabularies, padding, and batches of sequences of about the same length. Text is cut into pieces first, and no merge
crosses one."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Int

Array = np.ndarray
Pair = tuple[bytes, bytes]


def pieces(text: str) -> list[str]:
    """Words with at most one blank before them, and single white spaces; joined they are the text."""
    return re.findall(r" ?\S+|\s", text)


def train_bpe(text: str, num_merges: int) -> list[Pair]:
    """mergeₜ = argmax over pairs of neighbours of how often they occur; of equally frequent pairs the greater one.

    Counts are kept up to date: a merge changes them around the places where its pair occurs, and nowhere else.
    """
    words = [(split(piece), count) for piece, count in Counter(pieces(text)).items()]
    counts, places = _count_pairs(words)
    merges: list[Pair] = []
    while counts and len(merges) < num_merges:
        most = max(counts.values())
        merges.append(max(pair for pair, count in counts.items() if count == most))
        for i in places.pop(merges[-1]):
            for pair, change in _merge(words[i][0], merges[-1]):
                _add(counts, pair, change * words[i][1])
                places.setdefault(pair, set()).add(i)
    return merges


def split(piece: str) -> list[bytes]:
    """The bytes of a piece in UTF-8, one by one."""
    return [bytes([byte]) for byte in piece.encode()]


def _count_pairs(words: list[tuple[list[bytes], int]]) -> tuple[dict[Pair, int], dict[Pair, set[int]]]:
    """How often each pair of neighbours occurs, and in which words."""
    counts: dict[Pair, int] = {}
    places: dict[Pair, set[int]] = {}
    for i, (symbols, count) in enumerate(words):
        for pair in pairwise(symbols):
            _add(counts, pair, count)
            places.setdefault(pair, set()).add(i)
    return counts, places


def _add(counts: dict[Pair, int], pair: Pair, change: int) -> None:
    counts[pair] = counts.get(pair, 0) + change
    if not counts[pair]:
        del counts[pair]


def _merge(symbols: list[bytes], pair: Pair) -> Iterator[tuple[Pair, int]]:
    """Make every occurrence of a pair one symbol, from left to right, and yield which pairs are lost and which won."""
    i = _find(symbols, pair, 0)
    while i is not None:
        start = max(i - 1, 0)
        yield from ((lost, -1) for lost in pairwise(symbols[start : i + 3]))
        symbols[i : i + 2] = [pair[0] + pair[1]]
        yield from ((won, 1) for won in pairwise(symbols[start : i + 2]))
        i = _find(symbols, pair, i + 1)


def _find(symbols: list[bytes], pair: Pair, start: int) -> int | None:
    """The first place from `start` on where a pair stands."""
    places = range(start, len(symbols) - 1)
    return next((i for i in places if symbols[i] == pair[0] and symbols[i + 1] == pair[1]), None)


def bpe_encode(text: str, merges: list[Pair]) -> list[int]:
    """As long as two neighbours in a piece were merged in training, merge those that were merged first.

    Id 0 to 255 is a byte, 256 + i is merge i.
    """
    ranks = {pair: i for i, pair in enumerate(merges)}
    words = pieces(text)
    ids_of = {piece: _encode_piece(piece, ranks) for piece in set(words)}
    return [i for piece in words for i in ids_of[piece]]


def _encode_piece(piece: str, ranks: dict[Pair, int]) -> list[int]:
    """The ids of one piece; `ranks` says which merge a pair is."""
    symbols, ids = split(piece), list(piece.encode())
    while known := [(ranks[pair], i) for i, pair in enumerate(pairwise(symbols)) if pair in ranks]:
        rank, i = min(known)
        symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]
        ids[i : i + 2] = [256 + rank]
    return ids


def bpe_decode(ids: list[int], merges: list[Pair]) -> str:
    """The bytes of all ids, one after the other, as text; what is no UTF-8 becomes �."""
    symbols = [bytes([byte]) for byte in range(256)] + [first + second for first, second in merges]
    return b"".join(symbols[i] for i in ids).decode("utf-8", "replace")


def build_vocabulary(
    sequences: list[list[str]], specials: Sequence[str] = ("<pad>", "<bos>", "<eos>")
) -> dict[str, int]:
    """A number for every symbol: the specials first, in their order, then all others, sorted."""
    others = sorted({symbol for sequence in sequences for symbol in sequence} - set(specials))
    return {symbol: number for number, symbol in enumerate([*specials, *others])}


def pad_batch(sequences: list[list[int]], pad_id: int = 0) -> Int[Array, "batch longest"]:
    """One row for each sequence, filled on the right with `pad_id`."""
    batch = np.full((len(sequences), max(map(len, sequences))), pad_id, dtype=np.int64)
    for row, sequence in zip(batch, sequences, strict=True):
        row[: len(sequence)] = sequence
    return batch


def length_batches(lengths: list[int], tokens_per_batch: int) -> list[list[int]]:
    """Indices from the shortest to the longest sequence; in a batch, longest · number of sequences ≤ tokens_per_batch.

    A sequence that is longer than that is a batch of its own.
    """
    batches: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batches and lengths[i] * (len(batches[-1]) + 1) <= tokens_per_batch:
            batches[-1].append(i)
        else:
            batches.append([i])
    return batches
