"""Softmax in log space; a mask is its own logarithm, 0 or the most negative number, and is added."""

import numpy as np
import torch
from torch import nn


def log_softmax(x, axis):
    return x - np.logaddexp.reduce(x, axis=axis, keepdims=True)


def softmax(x, axis=-1):
    return np.exp(log_softmax(x, axis))


def scaled_dot_product_attention(q, k, v, mask=None):
    bias = 0.0 if mask is None else np.log(np.maximum(mask, np.finfo(np.float64).tiny)) * 1e6
    weights = softmax(np.einsum("...qd,...kd->...qk", q, k) * np.exp(-0.5 * np.log(q.shape[-1])) + bias)
    return np.einsum("...qk,...kd->...qd", weights, v), weights


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        logits = torch.einsum("...qd,...kd->...qk", q, k) / q.shape[-1] ** 0.5
        if mask is not None:
            lowest = torch.finfo(logits.dtype).min
            logits = logits.masked_fill(~mask, 0) + torch.zeros_like(logits).masked_fill(~mask, lowest)
        weights = torch.exp(logits - torch.logsumexp(logits, -1, keepdim=True))
        return self.dropout(weights) @ v, weights


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads:
            raise ValueError(f"d_model = {d_model} is no multiple of num_heads = {num_heads}")
        self.num_heads = num_heads
        self.w_q, self.w_k, self.w_v, self.w_o = (nn.Linear(d_model, d_model) for _ in range(4))
        self.inner = ScaledDotProductAttention(dropout)

    def forward(self, q, k, v, mask=None):
        apart = lambda x: x.unflatten(-1, (self.num_heads, -1)).movedim(2, 1)
        together = lambda x: x.movedim(1, 2).flatten(2)
        mixed, weights = self.inner(apart(self.w_q(q)), apart(self.w_k(k)), apart(self.w_v(v)), mask)
        return self.w_o(together(mixed)), weights
