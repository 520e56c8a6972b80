"""The steps of `misconceptions.positional_encoding` as the module of the PyTorch wing."""

from typing import Any

from torch import nn


def modules(steps: type) -> dict[str, Any]:
    """Return the unit's nn.Module, computing with a class of steps."""
    own = steps()

    class PositionalEncoding(nn.Module):
        def __init__(self, d_model, max_len=None, dropout=None):
            super().__init__()
            own.keep(self, own.table(own.default_max_len if max_len is None else max_len, d_model))
            self.p = own.default_dropout if dropout is None else dropout

        def forward(self, x):
            own.refuse(x.shape[1], self.table)
            return own.forward(x, own.rows(x, self.table), self.p, self.training)

    return {"PositionalEncoding": PositionalEncoding}
