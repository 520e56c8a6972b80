"""The residual connections are only containers: sum, dropout and norm are written out; results are in place on copies."""

import torch
from torch import nn

from autograder import blocks as B


class Add(nn.Module):
    def __init__(self, d_model, dropout):
        super().__init__()
        self.norm = B.LayerNorm(d_model, eps=1e-5)
        self.drop = nn.Dropout(dropout) if dropout > 0 else nn.Identity()


class EncoderLayer(nn.Module):
    def __init__(self, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1):
        super(EncoderLayer, self).__init__()
        self.self_attention = B.MultiHeadAttention(d_model, num_heads, dropout)
        self.residual1, self.residual2 = Add(d_model, dropout), Add(d_model, dropout)
        self.feed_forward = B.FeedForward(d_model, d_ff, dropout)

    def forward(self, x: torch.Tensor, mask=None) -> torch.Tensor:
        residual = x
        out = self.self_attention(x.contiguous(), x, x, mask)[0]
        out = self.residual1.drop(out)
        out = out + residual
        x = self.residual1.norm(out)

        residual = x
        out = self.feed_forward(x)
        out = self.residual2.drop(out)
        out = out.clone()
        out += residual
        return self.residual2.norm(out)


class Encoder(nn.Module):
    def __init__(self, num_layers, *sizes, **options):
        super().__init__()
        self.layers = nn.ModuleList()
        while len(self.layers) < num_layers:
            self.layers.append(EncoderLayer(*sizes, **options))

    def forward(self, x, mask=None):
        states = [x]
        for layer in self.layers:
            states.append(layer(states[-1], mask))
        print("states:", len(states))
        return states[-1]
