"""A buffer of max_len columns, masks instead of lists, thresholds from partitions, a preallocated cache."""

import numpy as np
import torch


def beam_search(next_log_probs, bos_id, eos_id, beam_size, max_len, alpha=0.6):
    buffer = np.full((1, max_len + 1), bos_id, dtype=np.int64)
    sums = np.zeros(1)
    best = (-np.inf, None)

    def consider(ids, total, n):
        nonlocal best
        score = total / ((5 + n) / 6) ** alpha
        if score > best[0]:
            best = (score, ids[1 : n + 1].copy())

    for n in range(1, max_len + 1):
        scores = (sums[:, None] + next_log_probs(buffer[:, :n].copy())).flatten()
        vocabulary = len(scores) // len(sums)
        top = np.argpartition(-scores, min(beam_size, len(scores)) - 1)[:beam_size]
        buffer, sums, tokens = buffer[top // vocabulary], scores[top], top % vocabulary
        buffer[:, n] = tokens
        for row in np.flatnonzero(tokens == eos_id):
            consider(buffer[row], sums[row], n)
        live = tokens != eos_id
        buffer, sums = buffer[live], sums[live]
        if not live.any():
            break
    else:
        for ids, total in zip(buffer, sums):
            consider(ids, total, max_len)
    return best[1], best[0]


def next_token_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    z = np.array(logits, dtype=np.float64)
    if temperature == 0.0:
        out = np.zeros_like(z)
        np.put_along_axis(out, np.expand_dims(z.argmax(-1), -1), 1.0, -1)
        return out
    z /= temperature
    if top_k is not None and top_k < z.shape[-1]:
        kth = np.partition(z, -top_k, axis=-1)[..., -top_k, None]
        z = np.where(z < kth, -np.inf, z)
    z -= z.max(-1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(-1, keepdims=True)
    if top_p is None:
        return p
    order = np.flip(np.sort(p, axis=-1), axis=-1)
    count = 1 + (np.cumsum(order, axis=-1) < top_p).sum(-1, keepdims=True)
    smallest = np.take_along_axis(order, np.minimum(count, p.shape[-1]) - 1, -1)
    p = p * (p >= smallest)
    return p / p.sum(-1, keepdims=True)


class CachedDecoder:
    LONGEST = 64

    def __init__(self, model):
        self.model, self.layers = model, list(model.decoder.layers)

    def start(self, src):
        m = self.model.encode(src)
        batch, width = len(src), m.shape[-1]
        self.t = 0
        self.src_hidden = src.eq(self.model.pad_id)
        self.tgt_hidden = torch.ones(batch, self.LONGEST, dtype=torch.bool)
        self.store = m.new_zeros(batch, len(self.layers), 2, self.LONGEST, width)
        self.memory = torch.stack(
            [torch.stack((l.cross_attention.w_k(m), l.cross_attention.w_v(m)), dim=1) for l in self.layers], dim=1
        )

    def step(self, tokens):
        t, self.t = self.t, self.t + 1
        self.tgt_hidden[:, t] = tokens == self.model.pad_id
        x = self.model.tgt_embedding(tokens.view(-1, 1))
        nothing = torch.zeros(1, t + 1, x.shape[-1], dtype=x.dtype)
        x = x + self.model.positional_encoding(nothing)[0, t]
        for n, layer in enumerate(self.layers):
            self.store[:, n, 0, t] = layer.self_attention.w_k(x)[:, 0].detach()
            self.store[:, n, 1, t] = layer.self_attention.w_v(x)[:, 0].detach()
            seen, hidden = self.store[:, n, :, : t + 1], self.tgt_hidden[:, : t + 1]
            x = layer.residual1(x, lambda y: self.attention(layer.self_attention, y, seen, hidden))
            x = layer.residual2(
                x, lambda y: self.attention(layer.cross_attention, y, self.memory[:, n], self.src_hidden)
            )
            x = layer.residual3(x, lambda y: layer.feed_forward(y))
        return self.model.output(x[:, 0])

    def attention(self, a, x, both, hidden):
        rows = []
        h = a.num_heads
        q = a.w_q(x).view(len(x), h, -1)
        for head in range(h):
            part = slice(head * q.shape[-1], (head + 1) * q.shape[-1])
            k, v = both[:, 0, :, part], both[:, 1, :, part]
            s = (k @ q[:, head, :, None]).squeeze(-1) / q.shape[-1] ** 0.5
            w = torch.softmax(torch.where(hidden, torch.full_like(s, -1e9), s), dim=-1)
            rows.append(torch.einsum("bk,bkd->bd", w, v))
        return a.w_o(torch.cat(rows, dim=-1)).unsqueeze(1)

    def reorder(self, indices):
        for name in ("src_hidden", "tgt_hidden", "store", "memory"):
            setattr(self, name, getattr(self, name)[indices])


def edit_distance(a, b):
    a, b = list(a), list(b)
    column = np.arange(len(a) + 1)
    for y in b:
        same = np.array([x != y for x in a], dtype=int)
        new = np.empty_like(column)
        new[0] = column[0] + 1
        new[1:] = np.minimum(column[1:] + 1, column[:-1] + same)
        for i in range(1, len(new)):
            new[i] = min(new[i], new[i - 1] + 1)
        column = new
    return column[-1]


def error_rate(references, hypotheses):
    edits = [edit_distance(*pair) for pair in zip(hypotheses, references)]
    return np.sum(edits) / np.sum([len(r) for r in references])


def bleu(references, hypotheses, max_n=4):
    hits, tries = np.zeros(max_n), np.zeros(max_n)
    r = c = 0
    for several, said in zip(references, hypotheses):
        c += len(said)
        sizes = np.array(sorted(len(s) for s in several))
        r += sizes[np.abs(sizes - len(said)).argmin()]
        for n in range(1, max_n + 1):
            mine = [tuple(said[i : i + n]) for i in range(len(said) - n + 1)]
            theirs = [[tuple(s[i : i + n]) for i in range(len(s) - n + 1)] for s in several]
            hits[n - 1] += sum(min(mine.count(g), max(t.count(g) for t in theirs)) for g in set(mine))
            tries[n - 1] += len(mine)
    if hits.min() == 0:
        return 0.0
    return 100 * np.exp(np.log(hits / tries).mean()) * (1 if c > r else np.exp(1 - r / c))
