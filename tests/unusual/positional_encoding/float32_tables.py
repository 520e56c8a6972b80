"""Built in float32, handed out as asked for."""

import numpy as np
import torch
from torch import Tensor, nn


def positional_encoding(num_positions: int, d_model: int) -> np.ndarray:
    position = np.arange(num_positions, dtype=np.float32)[:, np.newaxis]
    rate = np.power(np.float32(10000), -np.arange(0, d_model, 2, dtype=np.float32) / np.float32(d_model))
    table = np.zeros((num_positions, d_model), dtype=np.float32)
    table[:, 0::2] = np.sin(position * rate)
    table[:, 1::2] = np.cos(position * rate)
    return table.astype(np.float64)


class PositionalEncoding(nn.Module):
    def __init__(self, d_model: int, max_len: int = 5000, dropout: float = 0.1):
        super().__init__()
        table = torch.tensor(positional_encoding(max_len, d_model), dtype=torch.float32)
        self.register_buffer("table", table, persistent=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        length = x.size(1)
        assert length <= self.table.size(0), "too long"
        return self.dropout(x + self.table[:length].to(dtype=x.dtype, device=x.device))
