"""All layers' keys and values of the memory are made before the first layer runs; a context object carries the masks."""

import contextvars
from contextlib import contextmanager

import torch
from torch import nn

from autograder.blocks import FeedForward, LayerNorm

_masks = contextvars.ContextVar("masks", default=(None, None))


@contextmanager
def masked(*masks):
    token = _masks.set(masks)
    try:
        yield
    finally:
        _masks.reset(token)


class Attention(nn.Module):
    def __init__(self, d_model, num_heads):
        super().__init__()
        self.w_q, self.w_k, self.w_v, self.w_o = (nn.Linear(d_model, d_model) for _ in "qkvo")
        self.h = num_heads

    def project(self, y):
        return tuple(w(y).unflatten(-1, (self.h, -1)) for w in (self.w_k, self.w_v))

    def forward(self, x, kv, mask):
        k, v = kv
        q = self.w_q(x).unflatten(-1, (self.h, -1)) * k.shape[-1] ** -0.5
        s = torch.einsum("bqhd,bkhd->bhqk", q, k)
        if mask is not None:
            s = s * mask + torch.finfo(s.dtype).min * (~mask).to(s.dtype)
        return self.w_o(torch.einsum("bhqk,bkhd->bqhd", torch.softmax(s, -1), v).flatten(2))


class Residual(nn.Module):
    def __init__(self, d_model, dropout):
        super().__init__()
        self.norm, self.dropout = LayerNorm(d_model), nn.Dropout(dropout)

    def forward(self, x, y):
        return self.norm(x + self.dropout(y))


class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention, self.cross_attention = Attention(d_model, num_heads), Attention(d_model, num_heads)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.residual1, self.residual2, self.residual3 = (Residual(d_model, dropout) for _ in range(3))

    def step(self, x, kv):
        own, cross = _masks.get()
        x = self.residual1(x, self.self_attention(x, self.self_attention.project(x), own))
        x = self.residual2(x, self.cross_attention(x, kv, cross))
        return self.residual3(x, self.feed_forward(x))

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        with masked(tgt_mask, memory_mask):
            return self.step(x, self.cross_attention.project(memory))


class Decoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.layers = nn.ModuleList([DecoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers)])

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        projected = [layer.cross_attention.project(memory) for layer in self.layers]
        with masked(tgt_mask, memory_mask):
            for layer, kv in zip(self.layers, projected):
                x = layer.step(x, kv)
        return x
