import torch
from torch import nn


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        position = torch.arange(max_len)
        rate = 10000 ** (-torch.arange(0, d_model, 2) / d_model)
        pe = torch.zeros(max_len, d_model, dtype=position.dtype)
        pe[:, 0::2] = torch.sin(position[:, None] * rate).to(pe.dtype)
        pe[:, 1::2] = torch.cos(position[:, None] * rate).to(pe.dtype)
        self.register_buffer("pe", pe)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x + self.pe[: x.shape[1]])
