"""A class that keeps its counts up to date and linked lists of symbols; functions that call it."""

from collections import Counter, OrderedDict, deque

import numpy as np
from autograder.blocks import pieces as split_into_pieces


class Tokenizer:
    def __init__(self):
        self.merges, self.cache = [], {}

    @staticmethod
    def spell(piece):
        return tuple(bytes((b,)) for b in bytes(piece, "utf8"))

    def fit(self, text, steps):
        words = Counter(map(self.spell, split_into_pieces(text)))
        counts = Counter()
        for word, n in words.items():
            for pair in zip(word[:-1], word[1:]):
                counts[pair] += n
        for _ in range(steps):
            counts = +counts
            if not counts:
                break
            pair, _ = max(counts.items(), key=lambda item: item[::-1])
            self.merges.append(pair)
            fresh = Counter()
            for word, n in words.items():
                new = self.fuse(word, pair) if pair[0] in word else word
                if new is not word:
                    counts.subtract({p: k * n for p, k in Counter(zip(word[:-1], word[1:])).items()})
                    for p in zip(new[:-1], new[1:]):
                        counts[p] += n
                fresh[new] += n
            words = fresh
        return self

    @staticmethod
    def fuse(word, pair):
        rest, done = deque(word), []
        while rest:
            first = rest.popleft()
            if rest and (first, rest[0]) == pair:
                first += rest.popleft()
            done.append(first)
        return tuple(done)


def train_bpe(text: str, num_merges: int):
    return Tokenizer().fit(text, num_merges).merges


def bpe_encode(text: str, merges):
    ranks = OrderedDict((m, i) for i, m in enumerate(merges))
    ids = {bytes((i,)): i for i in range(256)}
    ids.update({a + b: 256 + r for (a, b), r in ranks.items()})

    def encode(word):
        best = min(zip(word[:-1], word[1:]), key=lambda p: ranks.get(p, np.inf), default=None)
        return encode(Tokenizer.fuse(word, best)) if best in ranks else [ids[w] for w in word]

    return sum((encode(Tokenizer.spell(p)) for p in split_into_pieces(text)), [])


def bpe_decode(ids, merges):
    text = b""
    for i in ids:
        text += bytes((i,)) if i < 256 else b"%b%b" % merges[i - 256]
    return str(text, "utf-8", "replace")


def build_vocabulary(sequences, specials=("<pad>", "<bos>", "<eos>")):
    known = OrderedDict.fromkeys(specials)
    known.update(OrderedDict.fromkeys(sorted(s for sequence in sequences for s in sequence if s not in known)))
    return OrderedDict((s, i) for i, s in enumerate(known))


def pad_batch(sequences, pad_id=0):
    from itertools import zip_longest

    return np.array(list(zip_longest(*sequences, fillvalue=pad_id)), dtype=np.int64).T.reshape(len(sequences), -1)


def length_batches(lengths, tokens_per_batch):
    batches = [[]]
    for i in sorted(range(len(lengths)), key=lambda i: (lengths[i], i)):
        if batches[-1] and (len(batches[-1]) + 1) * lengths[i] > tokens_per_batch:
            batches.append([])
        batches[-1].append(i)
    return [b for b in batches if b]
