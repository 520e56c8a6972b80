"""Own functions layer_norm, rms_norm, instance_norm; instead of nn.LayerNorm / F.layer_norm; double inside."""

import numpy as np
import torch
from torch import nn


class F:
    @staticmethod
    def layer_norm(x, weight, bias, eps):
        centred = x - x.mean(dim=-1, keepdim=True)
        return F.rms_norm(centred, eps) * weight + bias

    @staticmethod
    def rms_norm(x, eps):
        return x * torch.rsqrt(torch.linalg.vecdot(x, x).div(x.size(-1)).unsqueeze(-1) + eps)


class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(d_model))
        self.beta = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        return F.layer_norm(x, self.gamma, self.beta, self.eps)


class BatchNorm1d(nn.Module):
    """Not a batch norm at all: a bad name for my own base class."""

    def __init__(self, d_model, dropout):
        super().__init__()
        self.norm = LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)


class ResidualConnection(BatchNorm1d):
    def __init__(self, d_model, dropout=0.1):
        super().__init__(d_model, dropout)

    def forward(self, x, sublayer):
        return self.norm(sum((x, self.dropout(sublayer(x)))))


def layer_norm(x, gamma, beta, eps=1e-5):
    instance_norm = x - np.average(x, axis=-1)[..., None]
    ms = np.einsum("...d,...d->...", instance_norm, instance_norm)[..., None] / x.shape[-1]
    return np.multiply(instance_norm, (ms + eps) ** -0.5) * gamma + beta


def layer_norm_backward(grad_output, x, gamma, eps=1e-5):
    n = x.shape[-1]
    c = x - x.mean(-1, keepdims=True)
    r = (np.einsum("...d,...d->...", c, c)[..., None] / n + eps) ** -0.5
    g = grad_output * gamma
    dr = (g * c).sum(-1, keepdims=True)
    dvar = dr * -0.5 * r**3
    dc = g * r + dvar * 2 * c / n
    dx = dc - dc.mean(-1, keepdims=True)
    axes = tuple(range(x.ndim - 1))
    return dx, np.sum(grad_output * c * r, axis=axes), np.sum(grad_output, axis=axes)
