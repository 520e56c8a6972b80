"""The standard deviation is kept as a logarithm; operators do the rest (x >> norm, norm @ x)."""

import numpy as np
import torch
from torch import nn


class Norm:
    def __init__(self, gamma, beta, eps):
        self.gamma, self.beta, self.eps = gamma, beta, eps

    def __rrshift__(self, x):
        c = x - x.mean(axis=-1, keepdims=True)
        log_deviation = np.log((c**2).mean(axis=-1, keepdims=True) + self.eps) / 2
        return self.gamma * c * np.exp(-log_deviation) + self.beta

    __array_ufunc__ = None


def layer_norm(x, gamma, beta, eps=1e-5):
    return x >> Norm(gamma, beta, eps)


class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.gamma = nn.Parameter(torch.zeros(d_model).exp())
        self.beta = nn.Parameter(torch.ones(d_model).log())

    def __matmul__(self, x):
        c = x - x.mean(-1, keepdim=True)
        log_variance = c.pow(2).mean(-1, keepdim=True).add(self.eps).log()
        return self.gamma * c * log_variance.mul(-0.5).exp() + self.beta

    def forward(self, x):
        return self @ x


class ResidualConnection(nn.Module):
    def __init__(self, d_model, dropout=0.1):
        super().__init__()
        self.norm = LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def __call__(self, *args, **kwargs):
        return super().__call__(*args, **kwargs)

    def forward(self, x, sublayer):
        return self.norm @ (x + self.dropout(sublayer(x)))
