import numpy as np
import torch
from torch import nn


def positional_encoding(num_positions, d_model):
    position = np.arange(num_positions)[:, None]
    frequency = 1 / 10000 ** (np.arange(0, d_model, 2) / d_model)
    table = np.zeros((num_positions, d_model))
    table[:, 0::2] = np.sin(position * frequency)
    table[:, 1::2] = np.cos(position * frequency)
    return table


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("table", torch.from_numpy(positional_encoding(max_len, d_model)))

    def forward(self, x):
        if x.size(1) > len(self.table):
            raise ValueError("too many tokens")
        return self.dropout(x + self.table[: x.size(1)].to(x.dtype))
