"""torch.func.vmap over batch and heads, custom autograd softmax."""

import math
import torch
from torch import nn


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = (x - x.amax(-1, keepdim=True)).exp_()
        y /= y.sum(-1, keepdim=True)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return y * (g - (g * y).sum(-1, keepdim=True))


def logits(q, k):
    return q @ k.mT / math.sqrt(q.size(-1))


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        s = logits(q, k)
        if mask is not None:
            s = torch.where(mask, s, torch.finfo(s.dtype).min)
        a = Softmax.apply(s)
        return self.dropout(a) @ v, a


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads != 0:
            raise ValueError(f"d_model={d_model} is not divisible by num_heads={num_heads}")
        self.h = num_heads
        self.drop = nn.Dropout(dropout)
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)

    def forward(self, q, k, v, mask=None):
        q, k, v = (l(x).unflatten(-1, (self.h, -1)) for l, x in ((self.w_q, q), (self.w_k, k), (self.w_v, v)))
        if mask is None:
            mask = torch.ones(1, 1, 1, 1, dtype=torch.bool)
        mask = mask.expand(q.shape[0], self.h, q.shape[1], k.shape[1])

        m = torch.ones(q.shape[0], self.h, q.shape[1], k.shape[1], dtype=q.dtype)
        keep = self.drop(m)

        def one(q, k, v, m, keep):
            a = torch.softmax((q @ k.T / q.shape[-1] ** 0.5).masked_fill(~m, -1e9), -1)
            return (a * keep) @ v, a

        heads = torch.func.vmap(one, in_dims=(1, 1, 1, 0, 0), out_dims=(1, 0))
        o, a = torch.func.vmap(heads)(q, k, v, mask, keep)
        return self.w_o(o.flatten(-2)), a
