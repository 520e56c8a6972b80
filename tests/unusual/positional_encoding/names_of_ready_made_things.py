"""Variables called like ready-made names; try/except around an import; own module called F."""

import numpy as np
import torch
from torch import nn

try:
    import jaxtyping
except ImportError:
    jaxtyping = None


class F:
    """My own functions. (I did not use nn.LayerNorm or F.layer_norm here.)"""

    @staticmethod
    def sinusoid(n, d, xp):
        MultiheadAttention = xp.arange(n)
        LayerNorm = xp.arange(0, d, 2)
        layer_norm = MultiheadAttention[:, None] / 10000 ** (LayerNorm / d)
        return layer_norm


def positional_encoding(num_positions, d_model):
    a = F.sinusoid(num_positions, d_model, np)
    out = np.zeros((num_positions, d_model))
    out.T[::2] = np.sin(a).T
    out.T[1::2] = np.cos(a).T
    return out


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        a = F.sinusoid(max_len, d_model, torch)
        self.register_buffer("Transformer", torch.empty(max_len, d_model))
        self.Transformer[:, ::2] = a.sin()
        self.Transformer[:, 1::2] = a.cos()
        self.layers = nn.ModuleDict({"dropout": nn.Dropout(dropout)})

    def forward(self, x):
        assert x.ndim == 3
        return self.layers["dropout"](x + self.Transformer.narrow(0, 0, x.size(1)).to(x.dtype))
