import numpy as np
import torch
from einops import rearrange
from torch import nn


def positional_encoding(num_positions, d_model):
    pos, i = np.meshgrid(np.arange(num_positions), np.arange(d_model // 2), indexing="ij")
    angle = pos * np.float_power(10_000, -2 * i / d_model)
    return rearrange([np.sin(angle), np.cos(angle)], "two pos i -> pos (i two)")


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        table = torch.tensor(positional_encoding(max_len, d_model), dtype=torch.float)
        self.register_buffer("table", rearrange(table, "t d -> 1 t d"))
        self.layers = nn.Sequential(nn.Dropout(dropout), nn.Identity())

    def forward(self, x):
        return self.layers(x + self.table[:, torch.arange(x.size(1))])
