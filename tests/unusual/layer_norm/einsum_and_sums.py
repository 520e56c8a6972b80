import numpy as np
import torch
from torch import nn


def layer_norm(x, gamma, beta, eps=1e-5):
    d = x.shape[-1]
    centre = x - np.einsum("...d->...", x)[..., None] / d
    power = np.einsum("...d,...d->...", centre, centre)[..., None] / d
    return np.einsum("d,...d->...d", gamma, centre * (power + eps) ** -0.5) + beta


def layer_norm_backward(grad_output, x, gamma, eps=1e-5):
    d = x.shape[-1]
    centre = x - x.sum(-1, keepdims=True) / d
    inverse = ((centre * centre).sum(-1, keepdims=True) / d + eps) ** -0.5
    x_hat = centre * inverse
    g = np.einsum("...d,d->...d", grad_output, gamma)
    grad_x = inverse / d * (d * g - g.sum(-1, keepdims=True) - x_hat * (g * x_hat).sum(-1, keepdims=True))
    by_token = [array.reshape(-1, d) for array in (grad_output, x_hat)]
    return grad_x, np.einsum("td,td->d", *by_token), np.einsum("td->d", by_token[0])


class LayerNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.gamma = nn.Parameter(torch.full((d_model,), 1.0))
        self.beta = nn.Parameter(torch.full((d_model,), 0.0))
        self.eps = eps

    def forward(self, x):
        c = x - x.sum(-1, keepdim=True) / x.size(-1)
        v = torch.einsum("...i,...i->...", c, c).unsqueeze(-1) / x.size(-1)
        return torch.einsum("i,...i->...i", self.gamma, c / (v + self.eps).sqrt()) + self.beta
