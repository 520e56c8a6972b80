"""Tables are cached, by length, width, dtype and device; what is handed out is a copy or read only."""

import functools

import numpy as np
import torch
from torch import nn


@functools.lru_cache(maxsize=32)
def _cached(num_positions, d_model):
    pos, pair = np.ogrid[:num_positions, : d_model // 2]
    table = np.concatenate([f(pos / 10000 ** (2 * pair / d_model))[..., None] for f in (np.sin, np.cos)], axis=2)
    table = table.reshape(num_positions, -1)
    table.setflags(write=False)
    return table


def positional_encoding(num_positions, d_model):
    return _cached(num_positions, d_model).copy()


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        self.width, self.longest = d_model, max_len
        self.tables = {}
        self.dropout = nn.Dropout(dropout)

    def rows(self, n, dtype, device):
        key = n, dtype, device
        if key not in self.tables:
            self.tables[key] = torch.from_numpy(positional_encoding(n, self.width)).to(device, dtype)
        return self.tables[key]

    def forward(self, x):
        if x.size(1) > self.longest:
            raise ValueError(f"at most {self.longest} tokens")
        return self.dropout(x + self.rows(x.size(1), x.dtype, x.device))
