"""Decoding and its measures, section 6.1 of Vaswani et al. (2017): beam search with a length penalty (Wu et al., 2016),
sampling, edit distance and BLEU (Papineni et al., 2002), in NumPy."""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence

import numpy as np
from jaxtyping import Float

Array = np.ndarray
Tokens = Sequence[Hashable]


def beam_search(
    next_log_probs: Callable[[Array], Array],
    bos_id: int,
    eos_id: int,
    beam_size: int,
    max_len: int,
    alpha: float = 0.6,
) -> tuple[list[int], float]:
    """argmax of Σ log p(yₜ | y₁ … yₜ₋₁) / ((5 + n) / 6)^α among the hypotheses of n tokens that the beam has kept.

    `next_log_probs` takes prefixes (number, tokens), `bos_id` first, and gives (number, vocab). Returns ids and score.
    """
    live, finished = [([bos_id], 0.0)], []
    while live and len(live[0][0]) <= max_len:
        sums = np.array([[total] for _, total in live])
        sums = sums + next_log_probs(np.array([ids for ids, _ in live], dtype=np.int64))
        best = np.argsort(-sums, axis=None, kind="stable")[:beam_size]
        rows, tokens = np.unravel_index(best, sums.shape)
        kept = [([*live[i][0], int(token)], float(sums[i, token])) for i, token in zip(rows, tokens, strict=True)]
        finished += [(ids, total) for ids, total in kept if ids[-1] == eos_id]
        live = [(ids, total) for ids, total in kept if ids[-1] != eos_id]
    scored = [(ids[1:], total / ((5 + len(ids) - 1) / 6) ** alpha) for ids, total in finished + live]
    return max(scored, key=lambda hypothesis: hypothesis[1])


def next_token_distribution(
    logits: Float[Array, "*leading vocab"],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Float[Array, "*leading vocab"]:
    """softmax(logits / temperature), of which the `top_k` best stay, and of these the fewest that hold `top_p`."""
    if temperature == 0:
        return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]
    exps = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
    order = np.argsort(-logits, axis=-1, kind="stable")
    best = np.take_along_axis(exps, order, axis=-1)
    best[..., top_k if top_k is not None else best.shape[-1] :] = 0
    best = best / best.sum(axis=-1, keepdims=True)
    if top_p is not None:
        best = np.where(np.cumsum(best, axis=-1) - best < top_p, best, 0)
    probabilities = np.zeros_like(exps)
    np.put_along_axis(probabilities, order, best / best.sum(axis=-1, keepdims=True), axis=-1)
    return probabilities


def edit_distance(a: Tokens, b: Tokens) -> int:
    """d(i, j) = min(d(i-1, j) + 1, d(i, j-1) + 1, d(i-1, j-1) + [aᵢ ≠ bⱼ]), the fewest edits from a to b."""
    row = list(range(len(b) + 1))
    for i, ours in enumerate(a):
        above, row = row, [i + 1]
        for j, theirs in enumerate(b):
            row.append(min(above[j + 1] + 1, row[j] + 1, above[j] + (ours != theirs)))
    return row[-1]


def error_rate(references: Sequence[Tokens], hypotheses: Sequence[Tokens]) -> float:
    """Σ edit distances / Σ reference lengths."""
    distances = (edit_distance(*both) for both in zip(references, hypotheses, strict=True))
    return sum(distances) / sum(map(len, references))


def bleu(references: Sequence[Sequence[Tokens]], hypotheses: Sequence[Tokens], max_n: int = 4) -> float:
    """BLEU = 100 · min(1, e^(1 - r/c)) · (p₁ p₂ … p_N)^(1/N), where pₙ is the share of n-grams that are in a reference.

    `references[i]` holds one or more translations; r adds up the lengths closest to the hypotheses', c is theirs.
    """
    matches, totals, lengths = np.zeros(max_n), np.zeros(max_n), np.zeros(2)
    for translations, hypothesis in zip(references, hypotheses, strict=True):
        closest = min((abs(len(t) - len(hypothesis)), len(t)) for t in translations)[1]
        lengths += closest, len(hypothesis)
        for n in range(1, max_n + 1):
            known: Counter[tuple[Hashable, ...]] = Counter()
            for translation in translations:
                known |= ngrams(translation, n)
            found = ngrams(hypothesis, n)
            matches[n - 1] += (found & known).total()
            totals[n - 1] += found.total()
    if not matches.all():
        return 0.0
    penalty = min(0.0, 1 - lengths[0] / lengths[1])
    return 100 * math.exp(penalty + np.log(matches / totals).mean())


def ngrams(tokens: Tokens, n: int) -> Counter[tuple[Hashable, ...]]:
    """How often each run of n tokens occurs."""
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
