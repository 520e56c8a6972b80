# Returns nothing but zeros, of which no share can be dropped.
# outcome: wrong
# honest: nothing, because it defines nothing else
# %%
import torch
from torch import nn


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()

    def forward(self, x):
        return torch.zeros_like(x)
