"""The steps of `misconceptions.encoder` as the modules of the PyTorch wing."""

from typing import Any

import torch
from torch import nn


def modules(steps: type) -> dict[str, Any]:
    """Return the unit's nn.Modules, computing with a class of steps."""

    class EncoderLayer(nn.Module):
        def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
            super().__init__()
            own = steps(torch)
            own.layer_parts(self, d_model, num_heads, d_ff)
            self.num_heads, self.dropout = num_heads, own.dropout_of_parts(dropout)

        def forward(self, x, mask=None):
            own = steps(torch, self.dropout, self.training)
            return own.encoder_layer(x, named(self), self.num_heads, mask)

    class Encoder(nn.Module):
        layers: nn.ModuleList

        def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
            super().__init__()
            own = steps(torch)
            self.num_heads, self.dropout = num_heads, own.dropout_of_layers(dropout)
            own.stack_parts(self, lambda: EncoderLayer(d_model, num_heads, d_ff), num_layers, d_model)

        def forward(self, x, mask=None):
            own = steps(torch, self.dropout, self.training)
            return own.encoder(x, [named(layer) for layer in self.layers], self.num_heads, mask)

    return {"EncoderLayer": EncoderLayer, "Encoder": Encoder}


def named(module: nn.Module) -> dict[str, torch.Tensor]:
    """The parameters by name, one that has two names under both."""
    return dict(module.named_parameters(remove_duplicate=False))
