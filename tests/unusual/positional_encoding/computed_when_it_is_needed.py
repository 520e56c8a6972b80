"""No table is kept: it is made anew in every call."""

import torch
from torch import nn


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        self.d_model, self.max_len, self.dropout = d_model, max_len, dropout

    def encoding(self, x):
        position = torch.ones(x.shape[1], 1, device=x.device, dtype=torch.float64).cumsum(0) - 1
        pair = torch.arange(0, self.d_model, 2, device=x.device)
        angle = position / torch.pow(10000.0, pair / self.d_model)
        return torch.stack([torch.sin(angle), torch.cos(angle)], dim=2).view(-1, self.d_model)

    def forward(self, x):
        if x.shape[1] > self.max_len:
            raise RuntimeError("the sequence is longer than max_len")
        y = x + self.encoding(x).to(x)
        if not self.training or self.dropout == 0:
            return y
        keep = torch.rand_like(y) >= self.dropout
        return y * keep / (1 - self.dropout)
