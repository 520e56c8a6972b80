"""Beams in a heap, nucleus by sorting pairs, a cache of growing tensors inside an nn.Module, memoized edit distance."""

import heapq
import math
from collections import Counter, defaultdict
from functools import lru_cache, reduce

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def beam_search(next_log_probs, bos_id, eos_id, beam_size, max_len, alpha=0.6):
    norm = lambda n: ((5 + n) / 6) ** alpha
    beam, finished = {(bos_id,): 0.0}, {}
    for n in range(1, max_len + 1):
        if not beam:
            break
        rows = next_log_probs(np.asarray(list(beam), dtype=np.int64))
        candidates = (
            (total + float(p), prefix, token)
            for (prefix, total), row in zip(beam.items(), rows)
            for token, p in enumerate(row)
        )
        best = heapq.nlargest(beam_size, candidates, key=lambda c: c[0])
        beam = {}
        for total, prefix, token in best:
            (finished if token == eos_id or n == max_len else beam)[(*prefix, token)] = total
    winner = max(finished, key=lambda ids: finished[ids] / norm(len(ids) - 1))
    return winner[1:], finished[winner] / norm(len(winner) - 1)


def next_token_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    def one(row):
        if not temperature:
            return np.where(np.arange(len(row)) == row.argmax(), 1.0, 0.0)
        pairs = sorted(((z / temperature, i) for i, z in enumerate(row)), reverse=True)[:top_k]
        weights = [(math.exp(z - pairs[0][0]), i) for z, i in pairs]
        total = math.fsum(w for w, _ in weights)
        kept, share = [], 0.0
        for w, i in weights:
            kept.append((w, i))
            share += w / total
            if top_p is not None and share >= top_p:
                break
        out, total = np.zeros(len(row)), math.fsum(w for w, _ in kept)
        for w, i in kept:
            out[i] = w / total
        return out

    return np.apply_along_axis(one, -1, logits)


class CachedDecoder(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    @torch.no_grad()
    def start(self, src):
        memory = self.model.encode(src)
        self.keep_src = (src != self.model.pad_id)[:, None, None]
        self.keep_tgt = torch.zeros(len(src), 1, 1, 0, dtype=torch.bool)
        self.k, self.v = defaultdict(lambda: None), defaultdict(lambda: None)
        self.memory = []
        for layer in self.model.decoder.layers:
            a = layer.cross_attention
            self.memory.append([self.heads(a, F.linear(memory, w.weight, w.bias)) for w in (a.w_k, a.w_v)])

    def heads(self, a, x):
        return torch.stack(x.chunk(a.num_heads, dim=-1), dim=1)

    def look(self, a, x, k, v, keep):
        q = self.heads(a, a.w_q(x))
        s = torch.matmul(q * q.size(-1) ** -0.5, k.mT).masked_fill(keep.logical_not(), float("-inf"))
        out = torch.matmul(s.softmax(-1).nan_to_num(), v)
        return a.w_o(torch.cat(out.unbind(dim=1), dim=-1))

    @torch.no_grad()
    def step(self, tokens):
        self.keep_tgt = torch.cat([self.keep_tgt, (tokens != self.model.pad_id)[:, None, None, None]], dim=-1)
        now = self.keep_tgt.size(-1)
        x = self.model.tgt_embedding(tokens.unsqueeze(-1))
        x = x + self.model.positional_encoding(x.new_zeros(1, now, x.size(-1)))[:, -1:]
        for i, layer in enumerate(self.model.decoder.layers):

            def own(y):
                a = layer.self_attention
                k, v = self.heads(a, a.w_k(y)), self.heads(a, a.w_v(y))
                self.k[i] = k if self.k[i] is None else torch.cat([self.k[i], k], dim=2)
                self.v[i] = v if self.v[i] is None else torch.cat([self.v[i], v], dim=2)
                return self.look(a, y, self.k[i], self.v[i], self.keep_tgt)

            x = layer.residual1(x, own)
            x = layer.residual2(x, lambda y: self.look(layer.cross_attention, y, *self.memory[i], self.keep_src))
            x = layer.residual3(x, layer.feed_forward)
        return self.model.output(x)[:, -1, :]

    def reorder(self, indices):
        take = lambda t: t.index_select(0, indices)
        self.keep_src, self.keep_tgt = take(self.keep_src), take(self.keep_tgt)
        for store in (self.k, self.v):
            for i in list(store):
                store[i] = None if store[i] is None else take(store[i])
        self.memory = [[take(t) for t in pair] for pair in self.memory]


def edit_distance(a, b):
    @lru_cache(maxsize=None)
    def d(i, j):
        if not i or not j:
            return i + j
        return d(i - 1, j - 1) if a[i - 1] == b[j - 1] else 1 + min(d(i - 1, j), d(i, j - 1), d(i - 1, j - 1))

    return d(len(a), len(b))


def error_rate(references, hypotheses):
    total = np.sum([[edit_distance(r, h), len(r)] for r, h in zip(references, hypotheses)], axis=0)
    return total[0] / total[1]


def bleu(references, hypotheses, max_n=4):
    grams = lambda t, n: Counter(map(tuple, (t[i : i + n] for i in range(len(t) + 1 - n))))
    logs = []
    for n in range(1, max_n + 1):
        hit = all_ = 0
        for refs, hyp in zip(references, hypotheses):
            have, may = grams(hyp, n), reduce(Counter.__or__, (grams(r, n) for r in refs))
            hit += sum((have & may).values())
            all_ += sum(have.values())
        if not hit:
            return 0
        logs.append(math.log(hit) - math.log(all_))
    c = sum(map(len, hypotheses))
    r = sum(min((len(x) for x in refs), key=lambda n: (abs(n - len(h)), n)) for refs, h in zip(references, hypotheses))
    return math.exp(sum(logs) / max_n + min(0, 1 - r / c)) * 100
