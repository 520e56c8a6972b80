"""The hidden units are made in pieces, and the module computes each piece again in the backward pass."""

import itertools

import numpy as np
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


def relu(x):
    return np.ma.masked_less(x, 0).filled(0)


def _pieces(n, size=3):
    starts = iter(range(0, n, size))
    while (start := next(starts, None)) is not None:
        yield slice(start, start + size)


def feed_forward(x, weights):
    w1, b1, w2 = (weights[n] for n in ("linear1.weight", "linear1.bias", "linear2.weight"))
    terms = (relu(x @ w1[p].T + b1[p]) @ w2[:, p].T for p in _pieces(len(b1)))
    *_, total = itertools.accumulate(terms, initial=weights["linear2.bias"])
    return total


class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)

    def _piece(self, x, w1, b1, w2):
        return self.dropout(torch.relu(x @ w1.T + b1)) @ w2.T

    def forward(self, x):
        pieces = zip(
            self.linear1.weight.split(4), self.linear1.bias.split(4), self.linear2.weight.split(4, dim=1), strict=True
        )
        out = self.linear2.bias.expand_as(x)
        for w1, b1, w2 in pieces:
            out = out + checkpoint(self._piece, x, w1, b1, w2, use_reentrant=False)
        return out
