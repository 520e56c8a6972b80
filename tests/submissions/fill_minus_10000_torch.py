import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        logits = q @ k.transpose(-1, -2) / math.sqrt(k.size(-1))
        if mask is not None:
            logits[~mask.expand_as(logits)] = -1e4
        attn = torch.softmax(logits, -1)
        return self.dropout(attn) @ v, attn
