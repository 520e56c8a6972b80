"""The steps of `misconceptions.layer_norm` as the modules of the PyTorch wing."""

from typing import Any

import torch
from torch import nn

from instructor.misconceptions.layer_norm.steps import Normalise


def modules(steps: type[Normalise]) -> dict[str, Any]:
    """Return the unit's nn.Modules, computing with a class of steps."""

    class LayerNorm(nn.Module):
        def __init__(self, d_model, eps=None):
            super().__init__()
            steps(torch).parameters(self, d_model)
            self.eps = eps

        def forward(self, x):
            own = steps(torch)
            return own.layer_norm(x, *own.gamma_and_beta(self), self.eps)

    class ResidualConnection(nn.Module):
        def __init__(self, d_model, dropout=None):
            super().__init__()
            steps(torch).keep_norm(self, LayerNorm(d_model))
            self.dropout = steps.default_dropout if dropout is None else dropout

        def forward(self, x, sublayer):
            own = steps(torch, self.training)
            return own.residual(x, sublayer, own.norm_of(self), self.dropout)

    return {"LayerNorm": LayerNorm, "ResidualConnection": ResidualConnection}
