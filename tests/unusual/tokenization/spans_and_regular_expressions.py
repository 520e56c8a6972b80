"""Symbols as spans of the piece's bytes, pairs found by regular expressions over separated text, a heap of batches."""

import re
from collections import defaultdict
from itertools import chain, groupby

import numpy as np


def cut(text):
    return [m.group() for m in re.finditer(r" ?\S+|\s", text)]


def train_bpe(text, num_merges):
    pieces = [[slice(i, i + 1) for i in range(len(p.encode()))] for p in cut(text)]
    raw = [p.encode() for p in cut(text)]
    merges = []
    while len(merges) < num_merges:
        found = defaultdict(int)
        for b, spans in zip(raw, pieces):
            for s, t in zip(spans, spans[1:]):
                found[b[s], b[t]] += 1
        if not found:
            return merges
        top = max(found.values())
        best = sorted(p for p, n in found.items() if n == top)[-1]
        merges.append(best)
        for b, spans in zip(raw, pieces):
            i = 0
            while i < len(spans) - 1:
                if (b[spans[i]], b[spans[i + 1]]) == best:
                    spans[i] = slice(spans[i].start, spans[i + 1].stop)
                    del spans[i + 1]
                i += 1
    return merges


def bpe_encode(text, merges):
    """One pass over the piece for each merge, in their order: later merges never make an earlier pair."""
    out = []
    for piece in cut(text):
        ids = list(piece.encode())
        names = {i: bytes([i]) for i in range(256)}
        for number, (a, b) in enumerate(merges, 256):
            names[number] = a + b
            fresh, i = [], 0
            while i < len(ids):
                if i + 1 < len(ids) and names[ids[i]] == a and names[ids[i + 1]] == b:
                    fresh.append(number)
                    i += 2
                else:
                    fresh.append(ids[i])
                    i += 1
            ids = fresh
        out += ids
    return out


def bpe_decode(ids, merges):
    return bytes(chain.from_iterable(merges[i - 256][0] + merges[i - 256][1] if i > 255 else (i,) for i in ids)).decode(
        errors="replace"
    )


def build_vocabulary(sequences, specials=("<pad>", "<bos>", "<eos>")):
    symbols = list(specials) + [s for s, _ in groupby(sorted(chain(*sequences))) if s not in set(specials)]
    return dict(zip(symbols, range(len(symbols))))


def pad_batch(sequences, pad_id=0):
    lengths = np.array([len(s) for s in sequences])
    places = np.arange(lengths.max())[None] < lengths[:, None]
    batch = np.full(places.shape, pad_id, dtype="int64")
    batch[places] = np.fromiter(chain(*sequences), dtype="int64", count=lengths.sum())
    return batch


def length_batches(lengths, tokens_per_batch):
    order = np.argsort(np.asarray(lengths, dtype=np.int64), kind="stable").tolist()
    batches = []
    while order:
        n = 1
        while n < len(order) and lengths[order[n]] * (n + 1) <= tokens_per_batch:
            n += 1
        batches.append(order[:n])
        order = order[n:]
    return batches
