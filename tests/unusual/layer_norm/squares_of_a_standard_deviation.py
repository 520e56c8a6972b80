import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def layer_norm(x, gamma, beta, eps=1e-5):
    m, s = x.mean(axis=-1, keepdims=True), x.std(axis=-1, keepdims=True)
    return np.add(np.multiply(gamma, np.divide(np.subtract(x, m), np.power(s**2 + eps, 0.5))), beta)


class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.d_model, self.eps = d_model, eps
        self.gamma, self.beta = nn.ParameterList([torch.ones(d_model), torch.zeros(d_model)])

    def forward(self, x):
        m = x.mean(-1, keepdim=True)
        s = x.std(-1, keepdim=True, unbiased=False)
        return (x - m) / (s.pow(2) + self.eps) ** 0.5 * self.gamma + self.beta


class ResidualConnection(nn.Module):
    def __init__(self, d_model, dropout=0.1):
        super().__init__()
        self.norm = LayerNorm(d_model)
        self.p = dropout

    def forward(self, x, sublayer):
        y = F.dropout(sublayer(x), self.p, self.training)
        return self.norm(y + x)
