import math
from collections import Counter

import numpy as np
import torch


def edit_distance(a, b):
    table = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    table[:, 0] = np.arange(len(a) + 1)
    table[0] = np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            replaced = table[i - 1, j - 1] + (a[i - 1] != b[j - 1])
            table[i, j] = min(replaced, table[i - 1, j] + 1, table[i, j - 1] + 1)
    return int(table[-1, -1])


class CachedDecoder:
    def __init__(self, model):
        self.model = model

    def start(self, src):
        memory = self.model.encode(src)
        self.src_mask = src != self.model.pad_id
        self.tgt_mask = torch.zeros(src.size(0), 0, dtype=torch.bool)
        self.cache = [None for _ in self.model.decoder.layers]
        self.memory = []
        for layer in self.model.decoder.layers:
            attention = layer.cross_attention
            keys, values = attention.w_k(memory), attention.w_v(memory)
            self.memory.append((self.split(keys, attention), self.split(values, attention)))

    def step(self, tokens):
        position = self.tgt_mask.size(1)
        self.tgt_mask = torch.cat([self.tgt_mask, (tokens != self.model.pad_id)[:, None]], dim=1)
        x = self.model.tgt_embedding(tokens[:, None])
        x = x + self.model.positional_encoding(torch.zeros(1, position + 1, x.size(-1), dtype=x.dtype))[:, -1:]
        for number, layer in enumerate(self.model.decoder.layers):
            attention = layer.self_attention
            keys = self.split(attention.w_k(x), attention)
            values = self.split(attention.w_v(x), attention)
            if self.cache[number] is not None:
                keys = torch.cat([self.cache[number][0], keys], dim=2)
                values = torch.cat([self.cache[number][1], values], dim=2)
            self.cache[number] = (keys, values)
            seen = self.attend(attention, x, keys, values, self.tgt_mask)
            x = layer.residual1(x, lambda _, seen=seen: seen)
            read = self.attend(layer.cross_attention, x, *self.memory[number], self.src_mask)
            x = layer.residual2(x, lambda _, read=read: read)
            x = layer.residual3(x, layer.feed_forward)
        return self.model.output(x)[:, -1]

    def reorder(self, indices):
        self.src_mask = self.src_mask[indices]
        self.tgt_mask = self.tgt_mask[indices]
        self.cache = [pair and (pair[0][indices], pair[1][indices]) for pair in self.cache]
        self.memory = [(keys[indices], values[indices]) for keys, values in self.memory]

    def split(self, x, attention):
        return x.view(x.size(0), x.size(1), attention.num_heads, -1).transpose(1, 2)

    def attend(self, attention, x, keys, values, mask):
        queries = self.split(attention.w_q(x), attention)
        scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.size(-1))
        scores = scores.masked_fill(~mask[:, None, None, :], -1e9)
        heads = torch.softmax(scores, dim=-1) @ values
        return attention.w_o(heads.transpose(1, 2).reshape(x.shape))


def beam_search(next_log_probs, bos_id, eos_id, beam_size, max_len, alpha=0.6):
    beams, finished = [([bos_id], 0.0)], []
    for length in range(1, max_len + 1):
        log_probs = next_log_probs(np.array([ids for ids, _ in beams]))
        candidates = []
        for (ids, score), row in zip(beams, log_probs, strict=True):
            for token, log_prob in enumerate(row):
                candidates.append((ids + [token], score + log_prob))
        candidates.sort(key=lambda candidate: candidate[1], reverse=True)
        beams = []
        penalty = ((5 + length) / 6) ** alpha
        for ids, score in candidates[:beam_size]:
            if ids[-1] == eos_id or length == max_len:
                finished.append((ids[1:], float(score / penalty)))
            else:
                beams.append((ids, score))
        if not beams:
            break
    return max(finished, key=lambda hypothesis: hypothesis[1])


def next_token_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    if temperature == 0:
        return np.eye(logits.shape[-1])[logits.argmax(axis=-1)]
    scaled = logits / temperature
    probs = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    probs = probs / probs.sum(axis=-1, keepdims=True)
    if top_k is not None:
        rank = np.argsort(np.argsort(-probs, axis=-1), axis=-1)
        probs = np.where(rank < top_k, probs, 0)
        probs = probs / probs.sum(axis=-1, keepdims=True)
    if top_p is not None:
        order = np.argsort(-probs, axis=-1)
        sorted_probs = np.take_along_axis(probs, order, axis=-1)
        before = np.cumsum(sorted_probs, axis=-1) - sorted_probs
        kept = np.where(before < top_p, sorted_probs, 0)
        probs = np.zeros_like(probs)
        np.put_along_axis(probs, order, kept, axis=-1)
        probs = probs / probs.sum(axis=-1, keepdims=True)
    return probs


def error_rate(references, hypotheses):
    errors = sum(edit_distance(r, h) for r, h in zip(references, hypotheses, strict=True))
    return errors / sum(len(r) for r in references)


def ngrams(tokens, n):
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def bleu(references, hypotheses, max_n=4):
    matches, totals = [0] * max_n, [0] * max_n
    hyp_length = ref_length = 0
    for refs, hyp in zip(references, hypotheses, strict=True):
        hyp_length += len(hyp)
        ref_length += min((abs(len(ref) - len(hyp)), len(ref)) for ref in refs)[1]
        for n in range(1, max_n + 1):
            counts = ngrams(hyp, n)
            best = Counter()
            for ref in refs:
                best |= ngrams(ref, n)
            matches[n - 1] += sum((counts & best).values())
            totals[n - 1] += sum(counts.values())
    if min(matches) == 0:
        return 0.0
    precision = sum(math.log(m / t) for m, t in zip(matches, totals, strict=True)) / max_n
    brevity = min(0.0, 1 - ref_length / hyp_length)
    return 100 * math.exp(brevity + precision)
