"""Mean and variance in one pass, but the stable way."""

import numpy as np
import torch
from torch import nn


def running(features):
    mean, squares = 0.0, 0.0
    for count, value in enumerate(features, 1):
        step = value - mean
        mean = mean + step / count
        squares = squares + step * (value - mean)
    return mean, squares / count


def layer_norm(x, gamma, beta, eps=1e-5):
    mean, variance = running(np.moveaxis(x, -1, 0))
    return (x - np.expand_dims(mean, -1)) / np.sqrt(np.expand_dims(variance, -1) + eps) * gamma + beta


class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(d_model))
        self.beta = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x):
        mean, variance = running(x.unbind(-1))
        return (x - mean[..., None]) / (variance[..., None] + self.eps).sqrt() * self.gamma + self.beta
