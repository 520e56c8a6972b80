# Forgets to add the table of positions, so that zeros stay zeros and no share of them can be dropped.
# outcome: wrong
# honest: nothing, because it defines nothing else
# %%
import torch
from torch import nn


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(x)
