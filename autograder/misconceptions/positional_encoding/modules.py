"""The steps of `misconceptions.positional_encoding` as the module of the PyTorch wing."""

from typing import Any

from torch import nn


def modules(steps: type) -> dict[str, Any]:
    """Return the unit's nn.Module, computing with a class of steps."""
    own = steps()

    class PositionalEncoding(nn.Module):
        def __init__(self, d_model, max_len=5000, dropout=0.1):
            super().__init__()
            own.keep(self, own.table(max_len, d_model))
            self.p = dropout

        def forward(self, x):
            own.refuse(x.shape[1], self.table)
            return own.forward(x, own.rows(x, self.table), self.p, self.training)

    return {"PositionalEncoding": PositionalEncoding}
