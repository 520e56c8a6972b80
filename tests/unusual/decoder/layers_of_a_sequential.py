"""The layers are an nn.Sequential whose entries are called one by one; masks are made full before use."""

import torch
from torch import nn

from autograder.blocks import FeedForward, MultiHeadAttention, ResidualConnection

print("building")


class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads)
        self.cross_attention = MultiHeadAttention(d_model, num_heads)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.residual1 = ResidualConnection(d_model, dropout)
        self.residual2 = ResidualConnection(d_model, dropout)
        self.residual3 = ResidualConnection(d_model, dropout)
        self.num_heads = num_heads

    def full(self, mask, x, keys):
        shape = (x.shape[0], self.num_heads, x.shape[1], keys.shape[1])
        return torch.ones(shape, dtype=torch.bool) if mask is None else mask.expand(shape)

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        tgt_mask, memory_mask = self.full(tgt_mask, x, x), self.full(memory_mask, x, memory)
        h = self.residual1(x, lambda _: self.self_attention(x, x, x, tgt_mask)[0])
        c = self.residual2(h, lambda _: self.cross_attention(h, memory, memory, memory_mask)[0])
        y = self.residual3(c, lambda _: self.feed_forward(c))
        return y


class Decoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.layers = nn.Sequential(*(DecoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers)))

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        for name, layer in self.layers.named_children():
            x = layer(x, memory, tgt_mask, memory_mask)
            assert x.shape[-1] == memory.shape[-1], name
        return x
