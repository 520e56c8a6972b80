import math, torch
from torch import nn
import torch.nn.functional as F


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.p = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        s = q @ k.transpose(2, 3) / math.sqrt(q.size(-1))
        if mask is not None:
            s = s.masked_fill(~mask, -1e9)
        w = s.softmax(-1)
        return self.p(w) @ v, w
