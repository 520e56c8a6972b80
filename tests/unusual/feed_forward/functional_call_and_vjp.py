"""torch.func.functional_call of an inner Sequential on the module's own parameters; F.relu6-free; dropout on a mask of ones."""

import torch
from torch import nn
from torch.func import functional_call


class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.p = dropout
        object.__setattr__(
            self,
            "_template",
            nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Dropout(dropout), nn.Linear(d_ff, d_model)),
        )

    def forward(self, x):
        self._template.train(self.training)
        p = {f"{i}.{n}": t for i, l in ((0, self.linear1), (3, self.linear2)) for n, t in l.named_parameters()}
        return functional_call(self._template, p, (x,))
