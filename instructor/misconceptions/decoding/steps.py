"""The right steps of decoding and its measures, for both wings.

`Decoding` does unit 10 in small steps; `xp` is the library. A misconception overrides one step, and its docstring is
the sentence that the student reads.
"""

from collections import Counter
from typing import Any

import numpy as np

EXERCISES = ("beam_search", "next_token_distribution", "edit_distance", "error_rate", "bleu")
Hypothesis = tuple[list[int], float]  # ids, the first one included, and the sum of log-probabilities


class Decoding:
    """Unit 10 in steps."""

    def __init__(self, xp: Any) -> None:
        self.xp = xp

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {name: getattr(cls(np), name) for name in EXERCISES}
        from instructor.misconceptions.decoding.modules import modules

        return modules(cls)

    # beam search

    def beam_search(
        self, next_log_probs: Any, bos_id: int, eos_id: int, beam_size: int, max_len: int, alpha: float = 0.6
    ) -> Any:
        finished: list[Hypothesis] = []
        live = self.first(bos_id, beam_size)
        while live and self.goes_on(live, finished, max_len, beam_size):
            log_probs = self.asked(next_log_probs, live)
            kept = self.kept(live, self.sums(live, log_probs), beam_size)
            finished += [hypothesis for hypothesis in kept if self.has_ended(hypothesis[0], eos_id)]
            live = self.still_live(kept, finished, eos_id)
        return self.answer(self.best(self.candidates(finished, live), alpha, eos_id), eos_id)

    def first(self, bos_id: int, beam_size: int) -> list[Hypothesis]:
        return [([bos_id], 0.0)]

    def goes_on(self, live: list[Hypothesis], finished: list[Hypothesis], max_len: int, beam_size: int) -> bool:
        return len(live[0][0]) - 1 < max_len

    def asked(self, next_log_probs: Any, live: list[Hypothesis]) -> Any:
        return next_log_probs(np.array([ids for ids, _ in live], dtype=np.int64))

    def sums(self, live: list[Hypothesis], log_probs: Any) -> Any:
        return np.array([[total] for _, total in live]) + log_probs

    def kept(self, live: list[Hypothesis], sums: Any, beam_size: int) -> list[Hypothesis]:
        best = np.argsort(-sums, axis=None, kind="stable")[:beam_size]
        rows, tokens = np.unravel_index(best, sums.shape)
        return [self.extended(live, int(i), int(token), sums) for i, token in zip(rows, tokens, strict=True)]

    def extended(self, live: list[Hypothesis], i: int, token: int, sums: Any) -> Hypothesis:
        return [*live[i][0], token], float(sums[i, token])

    def has_ended(self, ids: list[int], eos_id: int) -> bool:
        return ids[-1] == eos_id

    def still_live(self, kept: list[Hypothesis], finished: list[Hypothesis], eos_id: int) -> list[Hypothesis]:
        return [hypothesis for hypothesis in kept if not self.has_ended(hypothesis[0], eos_id)]

    def candidates(self, finished: list[Hypothesis], live: list[Hypothesis]) -> list[Hypothesis]:
        return finished + live

    def best(self, candidates: list[Hypothesis], alpha: float, eos_id: int) -> Hypothesis:
        scored = [(ids, self.score(total, self.length(ids, eos_id), alpha)) for ids, total in candidates]
        return max(scored, key=lambda hypothesis: hypothesis[1])

    def score(self, total: float, length: int, alpha: float) -> float:
        return total / self.penalty(length, alpha)

    def penalty(self, length: int, alpha: float) -> float:
        return ((5 + length) / 6) ** alpha

    def length(self, ids: list[int], eos_id: int) -> int:
        return len(ids) - 1

    def answer(self, best: Hypothesis, eos_id: int) -> Any:
        return best[0][1:], best[1]

    # sampling

    def next_token_distribution(
        self, logits: Any, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
    ) -> Any:
        if temperature == 0:
            return self.greedy(logits)
        probabilities = self.probabilities(self.tempered(logits, temperature))
        if top_k is not None:
            probabilities = self.k_best(probabilities, top_k)
        if top_p is not None:
            probabilities = self.best_share(probabilities, top_p)
        return self.given_out(probabilities)

    def greedy(self, logits: Any) -> Any:
        return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]

    def tempered(self, logits: Any, temperature: float) -> Any:
        return self.shifted(logits) / temperature

    def shifted(self, logits: Any) -> Any:
        return logits - logits.max(axis=-1, keepdims=True)

    def probabilities(self, logits: Any) -> Any:
        exps = np.exp(logits)
        return exps / exps.sum(axis=-1, keepdims=True)

    def places(self, probabilities: Any) -> Any:
        return np.argsort(np.argsort(-probabilities, axis=-1, kind="stable"), axis=-1, kind="stable")

    def k_best(self, probabilities: Any, top_k: int) -> Any:
        return self.renormalised(np.where(self.places(probabilities) < top_k, probabilities, 0.0))

    def best_share(self, probabilities: Any, top_p: float) -> Any:
        order = np.argsort(-probabilities, axis=-1, kind="stable")
        best = np.take_along_axis(probabilities, order, axis=-1)
        stays = self.stays(best, np.cumsum(best, axis=-1), top_p)
        kept = np.zeros_like(probabilities)
        np.put_along_axis(kept, order, np.where(stays, best, 0.0), axis=-1)
        return self.renormalised_share(kept)

    def stays(self, best: Any, sums: Any, top_p: float) -> Any:
        return sums - best < top_p

    def renormalised(self, probabilities: Any) -> Any:
        return probabilities / probabilities.sum(axis=-1, keepdims=True)

    def renormalised_share(self, probabilities: Any) -> Any:
        return probabilities / probabilities.sum(axis=-1, keepdims=True)

    def given_out(self, probabilities: Any) -> Any:
        return probabilities

    # edit distance

    def edit_distance(self, a: Any, b: Any) -> Any:
        return self.distance(self.sequence(a), self.sequence(b))

    def sequence(self, tokens: Any) -> Any:
        return tokens

    def distance(self, a: Any, b: Any) -> Any:
        row = self.first_row(len(b))
        for i, ours in enumerate(a):
            above, row = row, [self.first_of_row(i)]
            for j, theirs in enumerate(b):
                row.append(self.cheapest(above, row, j, ours, theirs))
        return row[-1]

    def first_row(self, length: int) -> list[int]:
        return list(range(length + 1))

    def first_of_row(self, i: int) -> int:
        return i + 1

    def cheapest(self, above: list[int], row: list[int], j: int, ours: Any, theirs: Any) -> int:
        return min(above[j + 1] + 1, row[j] + 1, above[j] + self.cost(ours, theirs))

    def cost(self, ours: Any, theirs: Any) -> int:
        return int(ours != theirs)

    # error rate

    def error_rate(self, references: Any, hypotheses: Any) -> Any:
        pairs = self.pairs(references, hypotheses)
        distances = [Decoding.edit_distance(self, reference, hypothesis) for reference, hypothesis in pairs]
        return self.rate(distances, [len(r) for r, _ in pairs], [len(h) for _, h in pairs])

    def pairs(self, references: Any, hypotheses: Any) -> list[Any]:
        return list(zip(references, hypotheses, strict=True))

    def rate(self, distances: list[int], lengths: list[int], said: list[int]) -> Any:
        return sum(distances) / sum(lengths)

    # BLEU

    def bleu(self, references: Any, hypotheses: Any, max_n: int = 4) -> Any:
        matches, totals = [0.0] * max_n, [0.0] * max_n
        reference_lengths, hypothesis_lengths = [], []
        for translations, hypothesis in zip(references, hypotheses, strict=True):
            for n in range(1, max_n + 1):
                found = self.ngrams(hypothesis, n)
                matches[n - 1] += self.matched(found, [self.ngrams(t, n) for t in self.used(translations)])
                totals[n - 1] += self.total(found, [self.ngrams(t, n) for t in self.used(translations)])
            reference_lengths.append(self.reference_length([len(t) for t in translations], len(hypothesis)))
            hypothesis_lengths.append(len(hypothesis))
        precisions = self.precisions(matches, totals)
        mean = self.mean(precisions)
        return self.in_percent(mean * self.brevity(sum(reference_lengths), sum(hypothesis_lengths)))

    def used(self, translations: Any) -> Any:
        return translations

    def ngrams(self, tokens: Any, n: int) -> Counter:
        return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))

    def matched(self, found: Counter, known: list[Counter]) -> float:
        most: Counter = Counter()
        for one in known:
            most |= one
        return float(sum((found & most).values()))

    def total(self, found: Counter, known: list[Counter]) -> float:
        return float(sum(found.values()))

    def reference_length(self, lengths: list[int], length: int) -> float:
        return min(lengths, key=lambda other: (abs(other - length), other))

    def precisions(self, matches: list[float], totals: list[float]) -> list[float]:
        return [m / t if t else 0.0 for m, t in zip(matches, totals, strict=True)]

    def mean(self, precisions: list[float]) -> float:
        return float(np.exp(np.mean(np.log(precisions)))) if precisions and all(precisions) else 0.0

    def brevity(self, reference: float, hypothesis: float) -> float:
        return float(np.exp(min(0.0, 1 - reference / hypothesis))) if hypothesis else 0.0

    def in_percent(self, value: float) -> Any:
        return 100 * value

    # decoding with cached keys and values
    #
    # `state` is what is kept between calls, an object of its own. It has the model, `src_shown`, `tgt_shown`, `count`
    # (the tokens so far), and in `own` and `memory` for each layer keys and values (batch, heads, tokens, d_k).

    def start(self, state: Any, src: Any) -> None:
        model = state.model
        state.encoded = self.encoded(model, src)
        state.src_shown = self.src_is_shown(model, src)
        state.tgt_shown = src.new_zeros((len(src), 0), dtype=self.xp.bool)
        state.count, state.tokens, state.src = 0, src[:, :0], src
        self.forget(state)
        state.memory = [self.memory_pair(layer, state.encoded) for layer in model.decoder.layers]

    def encoded(self, model: Any, src: Any) -> Any:
        return model.encode(src)

    def src_is_shown(self, model: Any, src: Any) -> Any:
        return src != self.padding(model)

    def tgt_is_shown(self, model: Any, tokens: Any) -> Any:
        return tokens[:, None] != self.padding(model)

    def padding(self, model: Any) -> int:
        return model.pad_id

    def forget(self, state: Any) -> None:
        state.own = [None] * len(state.model.decoder.layers)

    def memory_pair(self, layer: Any, memory: Any) -> Any:
        return self.pair(layer.cross_attention, memory)

    def step(self, state: Any, tokens: Any) -> Any:
        model = state.model
        state.tokens = self.xp.cat((state.tokens, tokens[:, None]), dim=1)
        state.tgt_shown = self.xp.cat((state.tgt_shown, self.tgt_is_shown(model, tokens)), dim=1)
        x = self.placed(model, self.looked_up(model, tokens[:, None]), self.position(state))
        for number, layer in enumerate(model.decoder.layers):
            x = self.through(state, number, layer, x)
        state.count += 1
        return self.logits(model.output(x), state, tokens)

    def looked_up(self, model: Any, ids: Any) -> Any:
        return model.tgt_embedding(ids)

    def position(self, state: Any) -> int:
        return state.count

    def placed(self, model: Any, x: Any, position: int) -> Any:
        return x + model.positional_encoding(x.new_zeros(1, position + 1, x.shape[-1]))[:, -1:]

    def through(self, state: Any, number: int, layer: Any, x: Any) -> Any:
        own = self.grown(state, number, self.pair(layer.self_attention, x))
        x = layer.residual1(x, lambda x: self.attend(layer.self_attention, x, own, self.own_mask(state)))
        x = self.crossed(state, number, layer, x)
        return layer.residual3(x, layer.feed_forward)

    def crossed(self, state: Any, number: int, layer: Any, x: Any) -> Any:
        memory = self.memory_of(state, number, layer, x)
        return layer.residual2(x, lambda x: self.attend(layer.cross_attention, x, memory, self.memory_mask(state)))

    def memory_of(self, state: Any, number: int, layer: Any, x: Any) -> Any:
        return state.memory[number]

    def grown(self, state: Any, number: int, new: Any) -> Any:
        old = state.own[number]
        state.own[number] = new if old is None else self.appended(old, new)
        return state.own[number]

    def appended(self, old: Any, new: Any) -> Any:
        return tuple(self.xp.cat(both, dim=2) for both in zip(old, new, strict=True))

    def own_mask(self, state: Any) -> Any:
        return state.tgt_shown

    def memory_mask(self, state: Any) -> Any:
        return state.src_shown

    def pair(self, attention: Any, x: Any) -> Any:
        return self.split(attention.w_k(x), attention), self.split(attention.w_v(x), attention)

    def split(self, x: Any, attention: Any) -> Any:
        return x.unflatten(-1, (attention.num_heads, -1)).transpose(1, 2)

    def attend(self, attention: Any, x: Any, pair: Any, shown: Any) -> Any:
        q, (k, v) = self.split(attention.w_q(x), attention), pair
        scores = q @ k.transpose(-1, -2) / self.divisor(q, attention)
        if shown is not None:
            scores = scores.masked_fill(~shown[:, None, None, :], -1e30)
        return self.mixed(self.merged(scores.softmax(dim=-1) @ v), attention)

    def divisor(self, q: Any, attention: Any) -> float:
        return q.shape[-1] ** 0.5

    def merged(self, heads: Any) -> Any:
        return heads.transpose(1, 2).flatten(2)

    def mixed(self, heads: Any, attention: Any) -> Any:
        return attention.w_o(heads)

    def logits(self, logits: Any, state: Any, tokens: Any) -> Any:
        return logits[:, 0]

    def reorder(self, state: Any, indices: Any) -> None:
        self.reorder_masks(state, indices)
        state.tokens, state.src, state.encoded = state.tokens[indices], state.src[indices], state.encoded[indices]
        state.own = [self.reordered_pair(pair, indices) for pair in state.own]
        self.reorder_memory(state, indices)

    def reorder_masks(self, state: Any, indices: Any) -> None:
        state.src_shown, state.tgt_shown = state.src_shown[indices], state.tgt_shown[indices]

    def reordered_pair(self, pair: Any, indices: Any) -> Any:
        return None if pair is None else tuple(part[indices] for part in pair)

    def reorder_memory(self, state: Any, indices: Any) -> None:
        state.memory = [tuple(part[indices] for part in pair) for pair in state.memory]
