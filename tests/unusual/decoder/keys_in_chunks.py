"""Attention over the memory in chunks of keys with a running sum; masks are expanded and then split."""

import torch
from torch import nn

from autograder import blocks


class Streaming(blocks.MultiHeadAttention):
    chunk = 3

    def forward(self, q, k, v, mask=None):
        b, t, d = q.shape
        cut = lambda z: z.unflatten(2, (self.num_heads, d // self.num_heads)).transpose(1, 2)
        q, k, v = cut(self.w_q(q)), cut(self.w_k(k)), cut(self.w_v(v))
        shape = b, self.num_heads, t, k.shape[2]
        mask = torch.ones(shape, dtype=torch.bool) if mask is None else mask.expand(shape)
        low = torch.finfo(q.dtype).min / 2
        top = q.new_full((*shape[:3], 1), low)
        total, out = torch.zeros_like(top), torch.zeros_like(q)
        for ks, vs, ms in zip(*(z.split(self.chunk, dim=n) for z, n in ((k, 2), (v, 2), (mask, 3)))):
            s = torch.where(ms, (q @ ks.mT) / ks.shape[-1] ** 0.5, low)
            new = torch.maximum(top, s.amax(-1, keepdim=True).detach())
            e, shrink = (s - new).exp(), (top - new).exp()
            total, out, top = total * shrink + e.sum(-1, keepdim=True), out * shrink + e @ vs, new
        return self.w_o((out / total).transpose(1, 2).flatten(2)), None


class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention = Streaming(d_model, num_heads)
        self.cross_attention = Streaming(d_model, num_heads)
        self.feed_forward = blocks.FeedForward(d_model, d_ff, dropout)
        self.residual1 = blocks.ResidualConnection(d_model, dropout)
        self.residual2 = blocks.ResidualConnection(d_model, dropout)
        self.residual3 = blocks.ResidualConnection(d_model, dropout)

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        steps = [
            (self.residual1, lambda z: self.self_attention(z, z, z, tgt_mask)[0]),
            (self.residual2, lambda z: self.cross_attention(z, memory, memory, memory_mask)[0]),
            (self.residual3, self.feed_forward),
        ]
        while steps:
            residual, sublayer = steps.pop(0)
            x = residual(x, sublayer)
        return x


class Decoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        layers = [DecoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers)]
        self.layers = nn.ModuleList(layers)

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        *_, x = (x := layer(x, memory, tgt_mask, memory_mask) for layer in self.layers) if len(self.layers) else (x,)
        return x
