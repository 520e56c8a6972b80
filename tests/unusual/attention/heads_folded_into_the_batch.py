import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    B, Tq, D = q.shape
    Tk = k.shape[1]
    d = D // num_heads

    def fold(x, w, b):
        y = np.matmul(x, np.transpose(w)) + b
        return y.reshape(B, -1, num_heads, d).transpose(0, 2, 1, 3).reshape(B * num_heads, -1, d)

    qf = fold(q, weights["w_q.weight"], weights["w_q.bias"])
    kf = fold(k, weights["w_k.weight"], weights["w_k.bias"])
    vf = fold(v, weights["w_v.weight"], weights["w_v.bias"])
    s = qf @ kf.transpose(0, 2, 1) / math.sqrt(d)
    if mask is not None:
        s = s + np.where(np.broadcast_to(mask, (B, num_heads, Tq, Tk)).reshape(s.shape), 0, -1e9)
    s = np.exp(s - s.max(axis=2, keepdims=True))
    a = s / s.sum(axis=2, keepdims=True)
    o = (a @ vf).reshape(B, num_heads, Tq, d).transpose(0, 2, 1, 3).reshape(B, Tq, D)
    return o @ weights["w_o.weight"].T + weights["w_o.bias"], a.reshape(B, num_heads, Tq, Tk)


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super(MultiHeadAttention, self).__init__()
        if d_model % num_heads != 0:
            raise ValueError("d_model must be divisible by num_heads")
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
        self.H, self.d, self.p = num_heads, d_model // num_heads, dropout

    def fold(self, x):
        B, T, _ = x.shape
        return x.view(B, T, self.H, self.d).transpose(1, 2).contiguous().view(B * self.H, T, self.d)

    def forward(self, q, k, v, mask=None):
        B, Tq, D = q.shape
        Q, K, V = self.fold(self.w_q(q)), self.fold(self.w_k(k)), self.fold(self.w_v(v))
        bias = torch.zeros(B * self.H, Tq, K.size(1), dtype=q.dtype, device=q.device)
        if mask is not None:
            hidden = ~mask.expand(B, self.H, Tq, K.size(1)).reshape(bias.shape)
            bias = bias.masked_fill(hidden, -1e9)
        scores = torch.baddbmm(bias, Q, K.transpose(1, 2), alpha=self.d**-0.5)
        A = F.softmax(scores, -1)
        out = torch.bmm(F.dropout(A, self.p, self.training), V)
        out = out.view(B, self.H, Tq, self.d).transpose(1, 2).contiguous().view(B, Tq, D)
        return self.w_o(out), A.view(B, self.H, Tq, -1)
