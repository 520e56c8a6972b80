import numpy as np
import torch
from torch import nn


def positional_encoding(num_positions, d_model):
    # cos(a) = sin(a + π/2)
    column = np.arange(d_model)
    angle = np.arange(num_positions).reshape(-1, 1) * np.exp(-np.log(1e4) * (column // 2 * 2) / d_model)
    return np.sin(angle + np.pi / 2 * (column % 2))


class PositionalEncoding(nn.Module):
    """A frozen parameter."""

    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        self.table = nn.Parameter(torch.from_numpy(positional_encoding(max_len, d_model)).float(), requires_grad=False)
        self.p = dropout

    def forward(self, x):
        b, t, d = x.shape
        return nn.functional.dropout(x + self.table[:t].expand(b, t, d), p=self.p, training=self.training)
