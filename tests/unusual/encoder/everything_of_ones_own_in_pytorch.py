"""Own modules with the contract's parameter names, none of the course's blocks."""

import math

import torch
import torch.nn.functional as F
from torch import nn


class Norm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(d))
        self.beta = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        var, mean = torch.var_mean(x, dim=-1, keepdim=True, unbiased=False)
        return torch.addcmul(self.beta, self.gamma, (x - mean) * torch.rsqrt(var + 1e-5))


class Attention(nn.Module):
    def __init__(self, d, h, p):
        super().__init__()
        self.w_q, self.w_k = nn.Linear(d, d), nn.Linear(d, d)
        self.w_v, self.w_o = nn.Linear(d, d), nn.Linear(d, d)
        self.h, self.drop = h, nn.Dropout(p)

    def forward(self, x, mask):
        b, t, d = x.shape
        q, k, v = (m(x).view(b, t, self.h, -1) for m in (self.w_q, self.w_k, self.w_v))
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(d // self.h)
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e9)
        return self.w_o(torch.einsum("bhqk,bkhd->bqhd", self.drop(F.softmax(scores, -1)), v).flatten(2))


class Residual(nn.Module):
    def __init__(self, d, p):
        super().__init__()
        self.p, self.norm = p, Norm(d)

    def forward(self, x, y):
        return self.norm(F.dropout(y, self.p, self.training) + x)


class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.residual1 = Residual(d_model, dropout)
        self.residual2 = Residual(d_model, dropout)
        self.feed_forward = nn.Sequential()
        self.feed_forward.add_module("linear1", nn.Linear(d_model, d_ff))
        self.feed_forward.add_module("relu", nn.ReLU(inplace=True))
        self.feed_forward.add_module("linear2", nn.Linear(d_ff, d_model))
        self.self_attention = Attention(d_model, num_heads, 0.0)

    def forward(self, x, mask=None):
        x = self.residual1(x, self.self_attention(x, mask))
        return self.residual2(x, self.feed_forward(x))


class Encoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.layers = nn.ModuleDict(
            {str(i): EncoderLayer(d_model, num_heads, d_ff, dropout) for i in range(num_layers)}
        )

    def forward(self, x, mask=None):
        for name in self.layers:
            x = self.layers[name](x, mask=mask)
        return x
