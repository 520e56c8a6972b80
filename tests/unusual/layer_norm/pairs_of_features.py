"""No mean at all: every feature is compared with every other one."""

import numpy as np
import torch
from torch import nn


def differences(x):
    return x[..., :, None] - x[..., None, :]


def layer_norm(x, gamma, beta, eps=1e-5):
    apart = differences(x)
    variance = (apart**2).mean((-2, -1)) / 2
    return gamma * apart.mean(-1) / np.sqrt(variance + eps)[..., None] + beta


def layer_norm_backward(grad_output, x, gamma, eps=1e-5):
    apart = differences(x)
    scale = ((apart**2).mean((-2, -1), keepdims=True) / 2 + eps) ** -0.5
    x_hat = apart.mean(-1) * scale[..., 0]
    upstream = differences(grad_output * gamma)
    against = (upstream * apart).mean((-2, -1), keepdims=True) / 2 * scale**2
    grad_x = (scale * (upstream - against * apart)).mean(-1)
    lead = tuple(range(x.ndim - 1))
    return grad_x, (grad_output * x_hat).sum(lead), grad_output.sum(lead)


class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.beta, self.gamma = (nn.Parameter(torch.full((d_model,), float(n))) for n in range(2))
        self.eps = eps

    def forward(self, x):
        apart = x.unsqueeze(-1).sub(x.unsqueeze(-2))
        variance = apart.square().flatten(-2).mean(-1, True).div(2)
        return apart.mean(-1).mul((variance + self.eps).rsqrt()).mul(self.gamma).add(self.beta)
