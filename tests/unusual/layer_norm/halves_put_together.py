"""Count, mean and sum of squares of the two halves are put together, by recursion (Chan, Golub and LeVeque)."""

import numpy as np
import torch
from torch import nn


def moments(features):
    n = len(features)
    if n == 1:
        return 1, features[0], features[0] * 0
    (na, a, sa), (nb, b, sb) = moments(features[: n // 2]), moments(features[n // 2 :])
    gap = b - a
    return n, a + gap * nb / n, sa + sb + gap * gap * na * nb / n


def layer_norm(x, gamma, beta, eps=1e-5):
    n, mean, squares = moments([x[..., [i]] for i in range(x.shape[-1])])
    return np.true_divide(x - mean, (squares / n + eps) ** 0.5) * gamma + beta


class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.gamma = nn.Parameter(torch.empty(d_model).fill_(1))
        self.beta = nn.Parameter(torch.empty(d_model).fill_(0))

    def forward(self, x):
        n, mean, squares = moments(x.split(1, dim=-1))
        return torch.addcmul(self.beta, self.gamma, (x - mean) / (squares / n + self.eps) ** 0.5)


class ResidualConnection(nn.Module):
    def __init__(self, d_model, dropout=0.1):
        super().__init__()
        self.norm = LayerNorm(d_model)
        self.steps = nn.ModuleList([nn.Dropout(dropout), self.norm])

    def forward(self, x, sublayer):
        drop, norm = self.steps
        return norm(drop(sublayer(x)).add(x))
