"""The three maps in one matrix product, softmax through logaddexp, masks as additive floats, own norm as a property."""

import math

import torch
from torch import nn


class Heads(nn.Module):
    def __init__(self, d_model, num_heads):
        super().__init__()
        for name in ("w_q", "w_k", "w_v", "w_o"):
            self.register_module(name, nn.Linear(d_model, d_model))
        self.num_heads = num_heads

    @property
    def packed(self):
        maps = self.w_q, self.w_k, self.w_v
        return torch.cat([m.weight for m in maps]), torch.cat([m.bias for m in maps])

    def forward(self, x, wall):
        b, t, d = x.shape
        qkv = nn.functional.linear(x, *self.packed).view(b, t, 3, self.num_heads, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        s = torch.einsum("bhid,bhjd->bhij", q, k).div(math.sqrt(d / self.num_heads)).add(wall)
        log_p = s - torch.logsumexp(s, dim=-1, keepdim=True)
        return self.w_o(torch.einsum("bhij,bhjd->bihd", log_p.exp(), v).reshape(b, t, d))


class AddNorm(nn.Module):
    class Norm(nn.Module):
        def __init__(self, d):
            super().__init__()
            self.gamma = nn.Parameter(torch.ones(d))
            self.beta = nn.Parameter(torch.zeros(d))

        def forward(self, x):
            centred = x - x.mean(dim=-1, keepdim=True)
            scale = (torch.linalg.vector_norm(centred, dim=-1, keepdim=True) ** 2 / x.shape[-1] + 1e-5).rsqrt()
            return torch.addcmul(self.beta, centred * scale, self.gamma)

    def __init__(self, d, p):
        super().__init__()
        self.norm, self.drop = AddNorm.Norm(d), nn.Dropout(p)

    def forward(self, x, y):
        return self.norm(x + self.drop(y))


class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention = Heads(d_model, num_heads)
        network = nn.Sequential()
        network.add_module("linear1", nn.Linear(d_model, d_ff))
        network.add_module("act", nn.ReLU())
        network.add_module("linear2", nn.Linear(d_ff, d_model))
        self.feed_forward = network
        self.residual1, self.residual2 = AddNorm(d_model, dropout), AddNorm(d_model, dropout)

    def forward(self, x, mask=None):
        wall = x.new_zeros(()) if mask is None else (1 - mask.to(x.dtype)) * -1e9
        h = self.residual1(x, self.self_attention(x, wall))
        return self.residual2(h, self.feed_forward(h))


class Encoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        sizes = [(d_model, num_heads, d_ff, dropout)] * num_layers
        self.layers = nn.ModuleList(map(lambda s: EncoderLayer(*s), sizes))

    def forward(self, x, mask=None):
        it = iter(self.layers)
        while (layer := next(it, None)) is not None:
            x = layer(x, mask)
        return x
