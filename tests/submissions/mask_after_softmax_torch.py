import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        attn = F.softmax(torch.matmul(q, k.mT) / math.sqrt(q.shape[-1]), dim=-1)
        if mask is not None:
            attn = attn.masked_fill(~mask, 0.0)
        return torch.matmul(self.dropout(attn), v), attn
