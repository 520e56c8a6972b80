import torch
from torch import nn


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        pe = torch.zeros(max_len, d_model, requires_grad=False)
        pos = torch.arange(0, max_len).float().unsqueeze(1)
        _2i = torch.arange(0, d_model, step=2).float()
        pe[:, 0::2] = torch.sin(pos / (10000 ** (2 * _2i / d_model)))
        pe[:, 1::2] = torch.cos(pos / (10000 ** (2 * _2i / d_model)))
        self.register_buffer("encoding", pe)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x + self.encoding[: x.size(1), :])
