"""The table is built by recursion: twice as many rows come from the angle-sum identities."""

import numpy as np
import torch
from torch import nn


def _rows(n, rates):
    if n == 1:
        return np.zeros((1, rates.size)), np.ones((1, rates.size))
    half = (n + 1) // 2
    sines, cosines = _rows(half, rates)
    s, c = np.sin(half * rates), np.cos(half * rates)
    later = sines * c + cosines * s, cosines * c - sines * s
    return tuple(np.vstack(pair)[:n] for pair in zip((sines, cosines), later))


def positional_encoding(num_positions, d_model):
    sines, cosines = _rows(num_positions, 1e4 ** -np.linspace(0, 1, d_model // 2, endpoint=False))
    return np.dstack([sines, cosines]).reshape(num_positions, d_model)


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        self._buffers["rows"] = torch.from_numpy(positional_encoding(max_len, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        if (n := x.shape[-2]) > (most := self.rows.shape[0]):
            raise ValueError(f"{n} tokens, but only {most} positions")
        rows, _ = self.rows.split([n, most - n])
        return self.dropout(rows.to(x) + x)
