"""From pairs of symbols to batches of ids, in an order that depends on the seed and the epoch alone."""

import random
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from transformer_ref.train.tasks import BOS, EOS, PAD, Pair

Ids = tuple[list[int], list[int]]
Batch = tuple[Tensor, Tensor]
POOL = 50  # batches are sorted by length within so many of them


def numbered(pairs: Sequence[Pair], vocabularies: tuple[dict[str, int], dict[str, int]]) -> list[Ids]:
    """The ids of every pair, the target between BOS and EOS; a symbol that was never seen is padding."""
    source, target = vocabularies
    return [([source.get(s, PAD) for s in a], [BOS, *(target.get(s, PAD) for s in b), EOS]) for a, b in pairs]


def epoch(ids: Sequence[Ids], tokens_per_batch: int, seed: int, number: int) -> list[Batch]:
    """All pairs once, in batches of about `tokens_per_batch` tokens of the longer side, padding included."""
    draw = random.Random(f"{seed}/{number}")
    order = draw.sample(range(len(ids)), len(ids))
    size = max(1, POOL * tokens_per_batch // 16)
    batches = [
        batch
        for start in range(0, len(order), size)
        for batch in _filled(sorted(order[start : start + size], key=lambda i: _length(ids[i])), ids, tokens_per_batch)
    ]
    draw.shuffle(batches)
    return [padded([ids[i] for i in batch]) for batch in batches]


def endless(ids: Sequence[Ids], tokens_per_batch: int, seed: int) -> Iterator[Batch]:
    """Epoch after epoch."""
    number = 0
    while True:
        yield from epoch(ids, tokens_per_batch, seed, number)
        number += 1


def padded(pairs: Sequence[Ids]) -> Batch:
    """Sources and targets (batch, longest), padded on the right."""
    src, tgt = (
        torch.nn.utils.rnn.pad_sequence([torch.tensor(pair[side]) for pair in pairs], True, PAD) for side in (0, 1)
    )
    return src, tgt


def _length(pair: Ids) -> int:
    return max(map(len, pair))


def _filled(order: Sequence[int], ids: Sequence[Ids], tokens_per_batch: int) -> Iterator[list[int]]:
    batch: list[int] = []
    for i in order:
        if batch and (len(batch) + 1) * _length(ids[i]) > tokens_per_batch:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
