"""What there is to learn: pairs of sequences, the model that learns them, and how its answers are measured."""

import gzip
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType

from transformer_ref.train.measures import Measure, exact_match, sound_errors, translation_score

DATA = Path(__file__).resolve().parent / "data"
SPECIALS = ("<pad>", "<bos>", "<eos>")
PAD, BOS, EOS = range(3)
Symbols = list[str]
Pair = tuple[Symbols, Symbols]


@dataclass(frozen=True)
class Settings:
    """The model's sizes and how it is trained. `rate` is the highest learning rate, reached after `warmup` updates.

    Where the embedding is `shared`, source and target have one vocabulary, and both embeddings and the last linear
    layer are one matrix (section 3.4 of the paper). `without` names what is left out, as in `ablation.py`.
    """

    d_model: int = 64
    num_heads: int = 4
    num_layers: int = 1
    d_ff: int = 256
    dropout: float = 0.0
    tokens_per_batch: int = 1024
    rate: float = 3e-3
    warmup: int = 100
    steps: int = 1000
    shared: bool = False
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """Pairs to learn from, and pairs never seen, in symbols. `answers` lists what is right for each unseen one."""

    train: list[Pair]
    unseen: list[Pair]
    answers: list[list[Symbols]]
    measure: Measure
    settings: Settings
    source_text: Callable[[Symbols], str] = "".join
    target_text: Callable[[Symbols], str] = "".join
    notes: list[str] = field(default_factory=list)

    def vocabularies(self, shared: bool = False) -> tuple[dict[str, int], dict[str, int]]:
        """The ids of source and target symbols: the specials first, then every symbol, sorted."""
        sides = [[pair[side] for pair in self.train] for side in (0, 1)]
        if shared:
            sides = [sides[0] + sides[1]] * 2
        first, second = (dict(zip(SPECIALS, range(3), strict=True)) | _numbered(side) for side in sides)
        return first, second


def _numbered(sequences: Sequence[Symbols]) -> dict[str, int]:
    symbols = sorted({symbol for sequence in sequences for symbol in sequence})
    return {symbol: number for number, symbol in enumerate(symbols, len(SPECIALS))}


def reverse(seed: int) -> Task:
    """Eight letters, to be written in reverse."""
    draw = random.Random(seed)
    words = [draw.choices("abcdefghijkl", k=8) for _ in range(6400)]
    pairs = [(word, word[::-1]) for word in words]
    settings = Settings(d_model=32, num_heads=2, d_ff=64, tokens_per_batch=288, steps=600)
    return _split(pairs, 400, exact_match, settings)


def dates(seed: int) -> Task:
    """A date as people write it, in eight languages, to be written as ISO 8601."""
    pairs = [(list(text), list(day)) for text, day in _read("dates")]
    random.Random(seed).shuffle(pairs)
    return _split(pairs, 1000, exact_match, Settings(steps=1500))


def sounds(seed: int) -> Task:
    """An English word, to be spelt in phonemes; any listed pronunciation counts."""
    entries = [(list(word), [said.split() for said in spoken.split(";")]) for word, spoken in _read("sounds")]
    random.Random(seed).shuffle(entries)
    unseen, known = entries[:1000], entries[1000:]
    return Task(
        [(word, said) for word, spoken in known for said in spoken],
        [(word, spoken[0]) for word, spoken in unseen],
        [spoken for _, spoken in unseen],
        sound_errors,
        Settings(num_layers=2, tokens_per_batch=1024, rate=2e-3, warmup=200, steps=3000),
        target_text=" ".join,
    )


def bible(seed: int, merges: int = 800) -> Task:
    """A verse in the English of 1611, to be said in that of today, in pieces of words."""
    pairs = _read("bible")
    random.Random(seed).shuffle(pairs)
    known = _tokenization().train_bpe("\n".join(text for pair in pairs[500:] for text in pair), merges)
    pieces = [tuple(_in_pieces(_tokenization().bpe_encode(text, known)) for text in pair) for pair in pairs]
    sizes = Settings(d_model=128, d_ff=512, dropout=0.1, shared=True)
    settings = replace(sizes, tokens_per_batch=768, rate=4e-3, warmup=200, steps=2800)
    task = _split([(old, new) for old, new in pieces], 500, translation_score, settings)
    copied = translation_score([old for old, _ in task.unseen], task.answers)
    notes = [f"copying the source: {', '.join(f'{name} {value:.1f}' for name, value in copied.items())}"]
    text = partial(_decoded, known)
    return Task(task.train, task.unseen, task.answers, task.measure, settings, text, text, notes)


def _in_pieces(ids: Sequence[int]) -> Symbols:
    return [str(piece) for piece in ids]


def _decoded(merges: list[tuple[bytes, bytes]], symbols: Symbols) -> str:
    return str(_tokenization().bpe_decode([int(symbol) for symbol in symbols], merges))


def _tokenization() -> ModuleType:
    return import_module("transformer_ref.in_numpy.tokenization")


def _read(name: str) -> list[tuple[str, str]]:
    lines = gzip.decompress((DATA / f"{name}.tsv.gz").read_bytes()).decode().splitlines()
    return [(source, target) for source, target in (line.split("\t") for line in lines)]


def _split(pairs: list[Pair], unseen: int, measure: Measure, settings: Settings) -> Task:
    held_out = pairs[:unseen]
    return Task(pairs[unseen:], held_out, [[target] for _, target in held_out], measure, settings)


TASKS: dict[str, Callable[[int], Task]] = {"reverse": reverse, "dates": dates, "sounds": sounds, "bible": bible}
