"""Sublayers named by a descriptor, the norm of the sum in a forward hook, the layers in a ModuleDict of digits."""

import torch
from torch import nn

from autograder.blocks import FeedForward, LayerNorm, MultiHeadAttention


class Part:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, layer, owner=None):
        return self if layer is None else layer.get_submodule(self.name.replace("_of_", "."))


class Sum(nn.Module):
    def __init__(self, d_model, dropout):
        super().__init__()
        self.norm = LayerNorm(d_model)
        self.p = dropout
        self.register_forward_hook(lambda module, args, output: module.norm(output))

    def forward(self, x, y):
        return torch.stack([x, torch.dropout(y, self.p, self.training)]).sum(0)


class EncoderLayer(nn.Module):
    first, second = Part(), Part()

    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.add_module("self_attention", MultiHeadAttention(d_model, num_heads))
        self.add_module("feed_forward", FeedForward(d_model, d_ff, dropout=dropout))
        for n in "12":
            self.add_module("residual" + n, Sum(d_model, dropout))
        type(self).first.name, type(self).second.name = "residual1", "residual2"

    def forward(self, *args, **kwargs):
        match args, kwargs:
            case (x,), {"mask": mask}:
                pass
            case (x, mask), _:
                pass
            case (x,), _:
                mask = None
            case (), {"x": x}:
                mask = kwargs.get("mask")
        y, *_ = self.self_attention(x, x.clone(), x + 0, mask)
        x = self.first(x, y)
        return self.second(x, self.feed_forward(x))


class Encoder(nn.Module):
    def __init__(self, num_layers, *args, **kwargs):
        super().__init__()
        self.layers = nn.ModuleDict({str(i): EncoderLayer(*args, **kwargs) for i in range(num_layers)})

    def forward(self, x, mask=None):
        for i in sorted(self.layers, key=int):
            x = self.layers[i](x, mask=mask)
        return x
