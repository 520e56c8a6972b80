"""The right steps of tokenization, in plain Python.

`Tokenizer` does unit 8 in small steps. A misconception overrides one step, and its docstring is the sentence that the
student reads. Training, encoding and decoding share no step, so that no mistake in one looks like a mistake in another.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np

from transformer_ref.in_numpy.tokenization import pieces

EXERCISES = ("train_bpe", "bpe_encode", "bpe_decode", "build_vocabulary", "pad_batch", "length_batches")
SPECIALS = ("<pad>", "<bos>", "<eos>")


class Tokenizer:
    """Unit 8 in steps."""

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        return {name: getattr(cls(), name) for name in EXERCISES}

    # training

    def train_bpe(self, text: str, num_merges: int) -> Any:
        words = self.words(self.training_text(text))
        merges: list[Any] = []
        for _ in range(self.steps(num_merges)):
            counts = self.pair_counts(words)
            if self.is_over(counts):
                break
            merges.append(self.best(counts))
            words = [(self.merged(symbols, merges[-1]), count) for symbols, count in words]
        return self.learned(merges)

    def training_text(self, text: str) -> str:
        return text

    def words(self, text: str) -> list[Any]:
        return [(self.first_symbols(piece), self.weight(count)) for piece, count in Counter(self.cut(text)).items()]

    def cut(self, text: str) -> list[str]:
        return pieces(text)

    def first_symbols(self, piece: str) -> list[Any]:
        return [bytes([byte]) for byte in piece.encode()]

    def weight(self, count: int) -> int:
        return count

    def steps(self, num_merges: int) -> int:
        return num_merges

    def pair_counts(self, words: list[Any]) -> Any:
        counts: Counter = Counter()
        for symbols, count in words:
            for pair in self.neighbours(symbols):
                counts[pair] += count
        return counts

    def neighbours(self, symbols: list[Any]) -> Iterable[Any]:
        return pairwise(symbols)

    def is_over(self, counts: Any) -> bool:
        return not counts

    def best(self, counts: Any) -> Any:
        return max(counts, key=lambda pair: (counts[pair], pair))

    def merged(self, symbols: list[Any], pair: Any) -> list[Any]:
        found, i = [], 0
        while i < len(symbols):
            is_pair = tuple(symbols[i : i + 2]) == pair
            found.append(pair[0] + pair[1] if is_pair else symbols[i])
            i += 2 if is_pair else 1
        return found

    def learned(self, merges: list[Any]) -> Any:
        return merges

    # encoding

    def bpe_encode(self, text: str, merges: Any) -> Any:
        ranks = self.ranks(merges)
        found = [self.encoded(piece, ranks) for piece in self.pieces_to_encode(self.text_to_encode(text))]
        return self.ids(found)

    def text_to_encode(self, text: str) -> str:
        return text

    def pieces_to_encode(self, text: str) -> list[str]:
        return pieces(text)

    def ranks(self, merges: Any) -> dict[Any, int]:
        return {pair: i for i, pair in enumerate(merges)}

    def encoded(self, piece: str, ranks: dict[Any, int]) -> list[Any]:
        symbols = self.symbols_of(piece)
        while (place := self.next_place(symbols, ranks)) is not None:
            symbols[place : place + 2] = [self.joined(symbols[place], symbols[place + 1], ranks)]
        return self.numbers_of(symbols)

    def symbols_of(self, piece: str) -> list[Any]:
        return [(bytes([byte]), byte) for byte in piece.encode()]

    def known(self, symbols: list[Any], ranks: dict[Any, int]) -> list[tuple[int, int]]:
        pairs = enumerate(pairwise(symbols))
        return [(ranks[a[0], b[0]], i) for i, (a, b) in pairs if (a[0], b[0]) in ranks]

    def next_place(self, symbols: list[Any], ranks: dict[Any, int]) -> int | None:
        known = self.known(symbols, ranks)
        return min(known)[1] if known else None

    def joined(self, a: Any, b: Any, ranks: dict[Any, int]) -> Any:
        return a[0] + b[0], self.id_of_merge(ranks[a[0], b[0]])

    def id_of_merge(self, rank: int) -> int:
        return 256 + rank

    def numbers_of(self, symbols: list[Any]) -> list[Any]:
        return [number for _, number in symbols]

    def ids(self, found: list[list[Any]]) -> Any:
        return [number for numbers in found for number in numbers]

    # decoding

    def bpe_decode(self, ids: list[int], merges: Any) -> Any:
        table = self.table(merges)
        return self.as_text([self.bytes_of(i, table) for i in ids])

    def table(self, merges: Any) -> list[Any]:
        return [bytes([byte]) for byte in range(256)] + [first + second for first, second in merges]

    def bytes_of(self, i: int, table: list[Any]) -> Any:
        return table[i]

    def as_text(self, found: list[Any]) -> Any:
        return b"".join(found).decode("utf-8", "replace")

    # the vocabulary

    def build_vocabulary(self, sequences: Any, specials: Any = SPECIALS) -> Any:
        specials = self.specials(specials)
        return self.numbered(self.in_order(specials, self.others(self.symbols_in(sequences), specials)))

    def specials(self, specials: Any) -> Any:
        return specials

    def symbols_in(self, sequences: Any) -> list[Any]:
        return [symbol for sequence in sequences for symbol in sequence]

    def others(self, symbols: list[Any], specials: Any) -> list[Any]:
        return sorted(set(symbols) - set(specials))

    def in_order(self, specials: Any, others: list[Any]) -> list[Any]:
        return [*specials, *others]

    def numbered(self, symbols: list[Any]) -> Any:
        return {symbol: i for i, symbol in enumerate(symbols)}

    # padding

    def pad_batch(self, sequences: Any, pad_id: int = 0) -> Any:
        width = self.width(sequences)
        return self.as_batch([self.padded(sequence, width, self.filling(pad_id)) for sequence in sequences])

    def width(self, sequences: Any) -> int:
        return max(len(sequence) for sequence in sequences)

    def filling(self, pad_id: int) -> int:
        return pad_id

    def padded(self, sequence: list[int], width: int, pad_id: int) -> list[int]:
        return sequence + [pad_id] * (width - len(sequence))

    def as_batch(self, rows: list[list[int]]) -> Any:
        return np.array(rows, dtype=np.int64).reshape(len(rows), -1)

    # batches by length

    def length_batches(self, lengths: list[int], tokens_per_batch: int) -> Any:
        batches: list[list[Any]] = []
        for i in self.order(lengths):
            if self.is_left_out(lengths[i], tokens_per_batch):
                continue
            if batches and self.fits([lengths[j] for j in batches[-1]], lengths[i], tokens_per_batch):
                batches[-1].append(i)
            else:
                batches.append([i])
        return self.batches(batches, lengths)

    def order(self, lengths: list[int]) -> list[Any]:
        return sorted(range(len(lengths)), key=lambda i: lengths[i])

    def is_left_out(self, length: int, limit: int) -> bool:
        return False

    def fits(self, there: list[int], new: int, limit: int) -> bool:
        return max(*there, new) * (len(there) + 1) <= limit

    def batches(self, batches: list[list[Any]], lengths: list[int]) -> Any:
        return batches
