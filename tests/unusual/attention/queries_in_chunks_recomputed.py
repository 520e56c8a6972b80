"""Queries come in chunks of three, and each chunk is computed again in the backward pass (checkpointing)."""

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


def _chunk(q, k, v, mask, drop):
    scores = torch.baddbmm(q.new_zeros(1, 1, 1), q, k.mT, beta=0, alpha=q.shape[-1] ** -0.5)
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores, -1)
    return torch.bmm(drop(weights), v), weights


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0, *, size=3):
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.size = size

    def forward(self, q, k, v, mask=None):
        lead = q.shape[:-2]
        if mask is not None:
            mask = mask.expand(*lead, q.shape[-2], k.shape[-2]).reshape(-1, q.shape[-2], k.shape[-2])
        q, k, v = (x.reshape(-1, *x.shape[-2:]) for x in (q, k, v))
        parts = []
        for start in range(0, q.shape[1], self.size):
            rows = slice(start, start + self.size)
            part = None if mask is None else mask[:, rows]
            parts.append(checkpoint(_chunk, q[:, rows], k, v, part, self.drop, use_reentrant=False))
        return tuple(torch.cat(x, 1).unflatten(0, lead) if lead else torch.cat(x, 1)[0] for x in zip(*parts))


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads:
            raise ValueError("every head needs the same number of features")
        self.h = num_heads
        for name in ("w_q", "w_k", "w_v", "w_o"):
            setattr(self, name, nn.Linear(d_model, d_model))
        self.attention = ScaledDotProductAttention(dropout, size=2)

    def forward(self, q, k, v, mask=None):
        heads = [f(x).unflatten(2, (self.h, -1)).transpose(1, 2) for f, x in zip(self.maps, (q, k, v))]
        mixed, weights = self.attention(*heads, mask=mask)
        return self.w_o(mixed.transpose(1, 2).flatten(2)), weights

    @property
    def maps(self):
        return self.w_q, self.w_k, self.w_v
