import numpy as np
import torch
from torch import nn


def scaled_dot_product_attention(q, k, v, mask=None):
    s = q @ np.moveaxis(k, -1, -2) / np.sqrt(np.float32(q.shape[-1]))
    if mask is not None:
        s = s + (1 - mask.astype(np.float32)) * np.float32(-1e9)
    s -= s.max(-1, keepdims=True)
    w = np.exp(s)
    w /= w.sum(-1, keepdims=True)
    return w @ v, w


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        s = q @ k.transpose(-2, -1) * q.size(-1) ** -0.5
        if mask is not None:
            s = s + torch.zeros(mask.shape, dtype=s.dtype).masked_fill(mask == 0, -1e9)
        w = torch.softmax(s, -1)
        return self.dropout(w) @ v, w


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads > 0:
            raise ValueError("d_model % num_heads must be 0")
        self.h = num_heads
        self.w_q, self.w_k = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.w_v, self.w_o = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.attn = ScaledDotProductAttention(dropout)

    def forward(self, q, k, v, mask=None):
        heads = [
            w(x).unflatten(-1, (self.h, -1)).movedim(2, 1) for w, x in ((self.w_q, q), (self.w_k, k), (self.w_v, v))
        ]
        y, a = self.attn(*heads, mask)
        return self.w_o(y.movedim(1, 2).flatten(2)), a
