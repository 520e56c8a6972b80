import numpy as np
import torch
from torch import nn


def positional_encoding(num_positions, d_model):
    i = np.arange(d_model // 2)
    angle = np.outer(np.arange(num_positions), 10000 ** (-2 * i / d_model))
    return (1j * np.exp(-1j * angle)).view(np.float64)  # i e^(-ia) = sin a + i cos a


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        rate = 10000 ** (-torch.arange(0, d_model, 2, dtype=torch.float64) / d_model)
        angle = torch.pi / 2 - torch.outer(torch.arange(max_len, dtype=torch.float64), rate)
        turning = torch.polar(torch.ones_like(angle), angle)
        self.register_buffer("encoding", torch.view_as_real(turning).reshape(1, max_len, d_model))
        self.max_len = max_len
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        if x.shape[1] > self.max_len:
            raise IndexError(f"only {self.max_len} positions")
        return self.drop(torch.add(self.encoding.narrow(1, 0, x.shape[1]).type_as(x), x))
