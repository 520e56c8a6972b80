"""Hypotheses as dataclasses, a softmax from logarithms, a cache that deep-copies the model's parts, a Wagner-Fischer
table of the whole, BLEU from strings of n-grams."""

import copy
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import torch


@dataclass(order=True)
class Hypothesis:
    total: float
    ids: list = field(compare=False)
    ended: bool = field(default=False, compare=False)

    def score(self, alpha):
        return self.total / np.power((5 + len(self.ids) - 1) / 6, alpha)


def beam_search(next_log_probs, bos_id, eos_id, beam_size, max_len, alpha=0.6):
    live, pool = [Hypothesis(0.0, [bos_id])], []
    while live:
        probabilities = next_log_probs(np.array([h.ids for h in live]))
        grown = [
            Hypothesis(h.total + p, h.ids + [token], token == eos_id)
            for h, row in zip(live, probabilities)
            for token, p in enumerate(row.tolist())
        ]
        kept = sorted(grown, reverse=True)[:beam_size]
        full = len(kept[0].ids) == max_len + 1
        pool += kept if full else [h for h in kept if h.ended]
        live = [] if full else [h for h in kept if not h.ended]
    best = max(pool, key=lambda h: h.score(alpha))
    return best.ids[1:], best.score(alpha)


def next_token_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    rows = np.asarray(logits).reshape(-1, np.shape(logits)[-1])
    out = np.zeros_like(rows)
    for row, target in zip(rows, out):
        order = np.argsort(row)[::-1]
        if temperature == 0:
            order = order[:1]
        ranked = row[order[:top_k]]
        scaled = ranked / temperature if temperature else ranked
        logs = scaled - np.logaddexp.reduce(scaled)
        if top_p is not None:
            logs = logs[: 1 + np.searchsorted(np.cumsum(np.exp(logs)), top_p)]
        target[order[: len(logs)]] = np.exp(logs - np.logaddexp.reduce(logs))
    return out.reshape(np.shape(logits))


class CachedDecoder:
    def __init__(self, model):
        self.model = copy.deepcopy(model).requires_grad_(False)
        self.places = self.model.positional_encoding(torch.zeros(1, 30, model.output.in_features, dtype=torch.float64))

    def start(self, src):
        encoded = self.model.encode(src)
        self.rows = [
            {"src": encoded[i : i + 1], "src_ids": src[i], "tgt": [], "k": [], "v": [], "mk": [], "mv": []}
            for i in range(len(src))
        ]
        for row in self.rows:
            for layer in self.model.decoder.layers:
                a = layer.cross_attention
                row["mk"].append(a.w_k(row["src"])[0])
                row["mv"].append(a.w_v(row["src"])[0])
                row["k"].append([])
                row["v"].append([])

    def step(self, tokens):
        return torch.cat([self.one(row, token) for row, token in zip(self.rows, tokens)])

    def one(self, row, token):
        row["tgt"].append(int(token))
        x = self.model.tgt_embedding(token.view(1, 1)) + self.places[:, len(row["tgt"]) - 1]
        target = torch.tensor(row["tgt"])
        for n, layer in enumerate(self.model.decoder.layers):
            row["k"][n] = row["k"][n] + [layer.self_attention.w_k(x)[0, 0]]
            row["v"][n] = row["v"][n] + [layer.self_attention.w_v(x)[0, 0]]
            k, v = torch.stack(row["k"][n]), torch.stack(row["v"][n])
            x = layer.residual1(x, lambda y: self.read(layer.self_attention, y, k, v, target))
            x = layer.residual2(
                x, lambda y: self.read(layer.cross_attention, y, row["mk"][n], row["mv"][n], row["src_ids"])
            )
            x = layer.residual3(x, layer.feed_forward)
        return self.model.output(x)[0]

    def read(self, a, y, k, v, ids):
        shown = ids != self.model.pad_id
        split = lambda t: t.reshape(len(t), a.num_heads, -1)
        q = split(a.w_q(y)[0])[0]
        if not shown.any():
            return a.w_o(torch.zeros_like(y))
        k, v = split(k[shown]), split(v[shown])
        w = torch.softmax((k * q).sum(-1) / q.shape[-1] ** 0.5, dim=0)
        return a.w_o((w[..., None] * v).sum(0).reshape(1, 1, -1))

    def reorder(self, indices):
        self.rows = [
            {
                name: [list(x) if isinstance(x, list) else x for x in value] if isinstance(value, list) else value
                for name, value in self.rows[i].items()
            }
            for i in indices.tolist()
        ]


def edit_distance(a, b):
    previous = {j: j for j in range(len(b) + 1)}
    for i, x in enumerate(a, 1):
        current = {0: i}
        for j, y in enumerate(b, 1):
            current[j] = min((previous[j - 1] + (not x == y), previous[j] + 1, current[j - 1] + 1))
        previous = current
    return previous[len(b)]


def error_rate(references, hypotheses):
    return float(np.divide(*map(sum, zip(*((edit_distance(h, r), len(r)) for r, h in zip(references, hypotheses))))))


def bleu(references, hypotheses, max_n=4):
    right, made = Counter(), Counter()
    length = closest = 0
    for several, said in zip(references, hypotheses):
        length += len(said)
        closest += min((abs(len(r) - len(said)), len(r)) for r in several)[1]
        for n in range(max_n):
            mine = Counter("\0".join(map(repr, said[i : i + n + 1])) for i in range(len(said) - n))
            most = Counter()
            for r in several:
                most |= Counter("\0".join(map(repr, r[i : i + n + 1])) for i in range(len(r) - n))
            right[n] += (mine & most).total()
            made[n] += mine.total()
    precisions = [right[n] / max(made[n], 1) for n in range(max_n)]
    if not all(precisions):
        return 0.0
    penalty = 1.0 if length >= closest else np.exp(1 - closest / length)
    return float(penalty * np.prod(precisions) ** (1 / max_n) * 100)
