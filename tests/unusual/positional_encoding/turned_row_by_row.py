"""Each row is the one before it, turned by one step: PE(p + 1) = M PE(p)."""

import numpy as np
import torch
from torch import nn


def _step(d_model):
    matrix = np.zeros((d_model, d_model))
    for even in range(0, d_model, 2):
        w = 1 / 10000 ** (even / d_model)
        matrix[even : even + 2, even : even + 2] = [[np.cos(w), np.sin(w)], [-np.sin(w), np.cos(w)]]
    return matrix


def positional_encoding(num_positions, d_model):
    rows, matrix = [np.tile([0.0, 1.0], d_model // 2)], _step(d_model)
    while len(rows) < num_positions:
        rows.append(matrix @ rows[-1])
    return np.array(rows)


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        rows = torch.as_tensor(positional_encoding(max_len, d_model))
        self.lookup = nn.Embedding.from_pretrained(rows.to(torch.get_default_dtype()), freeze=True)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        where = torch.arange(x.size(1), device=x.device)
        return self.dropout(x + self.lookup(where)[None])
