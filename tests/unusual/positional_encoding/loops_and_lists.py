import math

import numpy as np
import torch
import torch.nn as nn


def positional_encoding(num_positions, d_model):
    table = []
    for pos in range(num_positions):
        row = []
        for i in range(d_model // 2):
            angle = pos / (10000 ** ((2 * i) / d_model))
            row += [math.sin(angle), math.cos(angle)]
        table.append(row)
    return np.array(table)


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        pe = torch.empty(max_len, d_model)
        for k in range(d_model):
            w = 1.0 / 10000 ** ((k - k % 2) / d_model)
            f = torch.cos if k % 2 else torch.sin
            pe[:, k] = f(torch.arange(max_len) * w)
        self.register_buffer("pe", pe)

    def forward(self, x):
        out = torch.empty_like(x)
        for t in range(x.shape[1]):
            out[:, t, :] = x[:, t, :] + self.pe[t]
        return self.dropout(out)
