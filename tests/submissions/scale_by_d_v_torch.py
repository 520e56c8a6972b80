import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        logits = torch.matmul(q, k.transpose(-2, -1)) * v.size(-1) ** -0.5
        if mask is not None:
            logits = logits.masked_fill(~mask, -1e9)
        attn = F.softmax(logits, dim=-1)
        return torch.matmul(self.dropout(attn), v), attn
