import math, torch
from torch import nn
import torch.nn.functional as F


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        assert d_model % num_heads == 0
        self.h, self.d, self.p = num_heads, d_model // num_heads, nn.Dropout(dropout)
        self.w_q, self.w_k, self.w_v, self.w_o = (nn.Linear(d_model, d_model) for _ in range(4))

    def forward(self, q, k, v, mask=None):
        q, k, v = (
            l(x).unflatten(-1, (self.h, self.d)).transpose(1, 2)
            for l, x in ((self.w_q, q), (self.w_k, k), (self.w_v, v))
        )
        s = q @ k.transpose(-1, -2) / math.sqrt(self.d)
        if mask is not None:
            s = s.masked_fill(~mask, -math.inf)
        w = F.softmax(s, dim=-1)
        return self.w_o((self.p(w) @ v).transpose(1, 2).reshape(len(q), -1, self.h * self.d)), w
