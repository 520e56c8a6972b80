"""The norm is an nn.Sequential of small modules that owns gamma and beta; the residual is a ModuleDict."""

import torch
from torch import nn


class Centre(nn.Module):
    def forward(self, x):
        return x - x.mean(dim=-1, keepdim=True)


class ToUnitPower(nn.Module):
    def __init__(self, eps):
        super().__init__()
        self.eps = eps

    def forward(self, centred):
        power = torch.linalg.vector_norm(centred, dim=-1, keepdim=True) ** 2 / centred.shape[-1]
        return centred / torch.sqrt(power + self.eps)


class Normalised(nn.Sequential):
    def __init__(self, eps):
        super().__init__(Centre(), ToUnitPower(eps))


class LayerNorm(Normalised):
    def __init__(self, d_model, eps=1e-5):
        super().__init__(eps)
        self.register_parameter("gamma", nn.Parameter(torch.ones(d_model)))
        self.register_parameter("beta", nn.Parameter(torch.zeros(d_model)))

    def forward(self, x):
        return super().forward(x).mul(self.gamma).add(self.beta)


class ResidualConnection(nn.ModuleDict):
    def __init__(self, d_model, dropout=0.1):
        super().__init__({"drop": nn.Dropout(dropout), "norm": LayerNorm(d_model)})

    def forward(self, x, sublayer):
        return self["norm"](x + self["drop"](sublayer(x)))
