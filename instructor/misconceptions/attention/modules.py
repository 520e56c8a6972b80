"""The steps of `misconceptions.attention` as the modules of the PyTorch wing."""

from typing import Any

import torch
from torch import nn


def modules(steps: Any) -> dict[str, Any]:
    """Return the unit's nn.Modules, computing with a class of steps."""

    class ScaledDotProductAttention(nn.Module):
        def __init__(self, dropout=None):
            super().__init__()
            self.dropout = steps.default_dropout if dropout is None else dropout
            self.remembered = {}

        def forward(self, q, k, v, mask=None):
            own = steps(torch, self.dropout, self.training, self.remembered)
            return own.scaled_dot_product_attention(q, k, v, mask)

    class MultiHeadAttention(nn.Module):
        def __init__(self, d_model, num_heads, dropout=None):
            super().__init__()
            own = steps(torch)
            own.require_divisible(d_model, num_heads)
            own.parameters(self, d_model, num_heads)
            self.num_heads, self.dropout = num_heads, steps.default_dropout if dropout is None else dropout
            self.remembered = {}

        def forward(self, q, k, v, mask=None):
            own = steps(torch, self.dropout, self.training, self.remembered)
            return own.multi_head_attention(q, k, v, dict(self.named_parameters()), self.num_heads, mask)

    return {"ScaledDotProductAttention": ScaledDotProductAttention, "MultiHeadAttention": MultiHeadAttention}
