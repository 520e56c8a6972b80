"""Everything by hand: attention, norm and network of the student's own, in both tracks."""

import math

import numpy as np
import torch
from torch import nn


def _attend(q, k, v, w, name, h, mask):
    lin = lambda x, n: np.einsum("bti,oi->bto", x, w[f"{name}.{n}.weight"]) + w[f"{name}.{n}.bias"]
    cut = lambda x: x.reshape(x.shape[0], x.shape[1], h, -1)
    s = np.einsum("bihd,bjhd->bhij", cut(lin(q, "w_q")), cut(lin(k, "w_k"))) / math.sqrt(q.shape[-1] // h)
    if mask is not None:
        s = np.where(mask, s, -1e30)
    p = np.exp(s - s.max(-1, keepdims=True))
    p = p / p.sum(-1, keepdims=True)
    o = np.einsum("bhij,bjhd->bihd", p, cut(lin(v, "w_v")))
    return lin(o.reshape(q.shape), "w_o")


def _norm(x, w, n):
    z = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    return z * w[f"residual{n}.norm.gamma"] + w[f"residual{n}.norm.beta"]


def decoder_layer(x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    w = weights
    h = _norm(x + _attend(x, x, x, w, "self_attention", num_heads, tgt_mask), w, 1)
    c = _norm(h + _attend(h, memory, memory, w, "cross_attention", num_heads, memory_mask), w, 2)
    hidden = np.maximum(0, c @ w["feed_forward.linear1.weight"].T + w["feed_forward.linear1.bias"])
    return _norm(c + hidden @ w["feed_forward.linear2.weight"].T + w["feed_forward.linear2.bias"], w, 3)


def decoder(x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
    if len(layers) == 0:
        return x
    first, *rest = layers
    x = decoder_layer(x, memory, first, num_heads, tgt_mask, memory_mask)
    return decoder(x, memory, rest, num_heads, tgt_mask, memory_mask)


class Norm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(d)), nn.Parameter(torch.zeros(d))

    def forward(self, x):
        var, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
        return (x - mean) * torch.rsqrt(var + 1e-5) * self.gamma + self.beta


class AddNorm(nn.Module):
    def __init__(self, d, p):
        super().__init__()
        self.norm, self.p = Norm(d), p

    def forward(self, x, y):
        return self.norm(x + nn.functional.dropout(y, self.p, self.training))


class Heads(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h = h
        self.w_q, self.w_k, self.w_v, self.w_o = (nn.Linear(d, d) for _ in range(4))

    def forward(self, q, kv, mask):
        q, k, v = (
            w(x).unflatten(-1, (self.h, -1)).transpose(1, 2) for w, x in ((self.w_q, q), (self.w_k, kv), (self.w_v, kv))
        )
        s = q @ k.mT * q.shape[-1] ** -0.5
        s = s if mask is None else s.masked_fill(~mask, -1e30)
        return self.w_o((s.softmax(-1) @ v).transpose(1, 2).flatten(2))


class Net(nn.Module):
    def __init__(self, d, d_ff):
        super().__init__()
        self.linear1, self.linear2 = nn.Linear(d, d_ff), nn.Linear(d_ff, d)

    def forward(self, x):
        return self.linear2(self.linear1(x).clamp(min=0))


class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention, self.cross_attention = Heads(d_model, num_heads), Heads(d_model, num_heads)
        self.feed_forward = Net(d_model, d_ff)
        self.residual1, self.residual2, self.residual3 = (AddNorm(d_model, dropout) for _ in range(3))

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        x = self.residual1(x, self.self_attention(x, x, tgt_mask))
        x = self.residual2(x, self.cross_attention(x, memory, memory_mask))
        return self.residual3(x, self.feed_forward(x))


class Decoder(nn.Module):
    def __init__(self, num_layers, *sizes, **more):
        super().__init__()
        self.layers = nn.ModuleList()
        for _ in range(num_layers):
            self.layers.append(DecoderLayer(*sizes, **more))

    def forward(self, x, *rest, **masks):
        for layer in self.layers:
            x = layer(x, *rest, **masks)
        return x
