"""How good answers are, in percent: each answer is compared with all that count as right."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from math import exp, log

Symbols = list[str]
Measure = Callable[[list[Symbols], list[list[Symbols]]], dict[str, float]]


def exact_match(said: list[Symbols], answers: list[list[Symbols]]) -> dict[str, float]:
    """The share of answers that are right in every symbol."""
    right = sum(one in known for one, known in zip(said, answers, strict=True))
    return {"exact match": 100 * right / len(said)}


def sound_errors(said: list[Symbols], answers: list[list[Symbols]]) -> dict[str, float]:
    """Phoneme and word error rate, against the nearest pronunciation."""
    nearest = [_nearest(one, known) for one, known in zip(said, answers, strict=True)]
    errors = sum(distance(one, right) for one, right in zip(said, nearest, strict=True))
    words = exact_match(said, answers)["exact match"]
    return {"phoneme error rate": 100 * errors / sum(map(len, nearest)), "word error rate": 100 - words}


def translation_score(said: list[Symbols], answers: list[list[Symbols]]) -> dict[str, float]:
    """BLEU over the pieces (Papineni et al., 2002), one reference each."""
    hits, all_of_them = Counter[int](), Counter[int]()
    for one, (right, *_) in zip(said, answers, strict=True):
        for n in range(1, 5):
            ours, theirs = _grams(one, n), _grams(right, n)
            hits[n] += sum((ours & theirs).values())
            all_of_them[n] += sum(ours.values())
    lengths = sum(map(len, said)), sum(len(known[0]) for known in answers)
    if not all(hits[n] for n in range(1, 5)):
        return {"BLEU": 0.0}
    precision = sum(log(hits[n] / all_of_them[n]) for n in range(1, 5)) / 4
    return {"BLEU": 100 * exp(precision + min(0.0, 1 - lengths[1] / lengths[0]))}


def distance(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Levenshtein's: the fewest insertions, deletions and substitutions that make b of a."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def _nearest(one: Symbols, known: list[Symbols]) -> Symbols:
    return min(known, key=lambda right: distance(one, right))


def _grams(symbols: Symbols, n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(symbols[i : i + n]) for i in range(len(symbols) - n + 1))
