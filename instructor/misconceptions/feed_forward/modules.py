"""The steps of `misconceptions.feed_forward` as the module of the PyTorch wing."""

from typing import Any

import torch
from torch import nn

from instructor.misconceptions.feed_forward.steps import Network


def modules(steps: type[Network]) -> dict[str, Any]:
    """Return the unit's nn.Module, computing with a class of steps."""

    class FeedForward(nn.Module):
        def __init__(self, d_model, d_ff, dropout=None):
            super().__init__()
            steps(torch).parameters(self, d_model, d_ff)
            self.rate = steps.default_dropout if dropout is None else dropout

        def forward(self, x):
            return steps(torch, self.rate, self.training).feed_forward(x, dict(self.named_parameters()))

    return {"FeedForward": FeedForward}
