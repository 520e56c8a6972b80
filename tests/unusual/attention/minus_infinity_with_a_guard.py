import numpy as np
import torch
from torch import nn


def softmax(x, axis=-1):
    m = x.max(axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(x - m)
    total = e.sum(axis=axis, keepdims=True)
    return e / np.where(total == 0, 1, total)


def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(k.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    weights = softmax(scores)
    return weights @ v, weights


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        scores = q @ k.mT / k.size(-1) ** 0.5
        if mask is not None:
            scores = scores.masked_fill(mask.logical_not(), float("-inf"))
        weights = torch.nan_to_num(scores.softmax(-1), nan=0.0)
        return self.dropout(weights) @ v, weights


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads != 0:
            raise ValueError("num_heads does not divide d_model")
        self.num_heads = num_heads
        for name in "qkvo":
            self.add_module("w_" + name, nn.Linear(d_model, d_model))
        self.attend = ScaledDotProductAttention(dropout)

    def forward(self, q, k, v, mask=None):
        q, k, v = (torch.stack(y.chunk(self.num_heads, -1), 1) for y in (self.w_q(q), self.w_k(k), self.w_v(v)))
        output, weights = self.attend(q, k, v, mask)
        return self.w_o(torch.cat(output.unbind(1), -1)), weights
