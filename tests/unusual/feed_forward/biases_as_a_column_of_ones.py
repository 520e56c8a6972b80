"""Homogeneous coordinates: a bias is one more column of its matrix, and x has a one at its end."""

import numpy as np
import torch
from torch import nn


def _with_one(x):
    return np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)


def _augmented(weights, name):
    return np.c_[weights[name + ".weight"], weights[name + ".bias"]]


def relu(x):
    return np.stack([x, np.zeros_like(x)]).max(0)


def feed_forward(x, weights):
    for name, activation in (("linear1", relu), ("linear2", np.asarray)):
        x = activation(_with_one(x) @ _augmented(weights, name).T)
    return x


def feed_forward_backward(grad_output, x, weights):
    A1, A2 = _augmented(weights, "linear1"), _augmented(weights, "linear2")
    x1 = _with_one(x)
    z = x1 @ A1.T
    h1 = _with_one(relu(z))
    grad_h1 = grad_output @ A2
    grad_z = grad_h1[..., :-1] * (z > 0)
    outer = lambda a, b: np.tensordot(a, b, axes=(list(range(a.ndim - 1)),) * 2)
    gradients = {}
    for name, G in (("linear1", outer(grad_z, x1)), ("linear2", outer(grad_output, h1))):
        gradients[name + ".weight"], gradients[name + ".bias"] = np.split(G, [-1], axis=1)
        gradients[name + ".bias"] = gradients[name + ".bias"].ravel()
    return (grad_z @ A1)[..., :-1], gradients


class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1):
        super().__init__()
        self.linear1, self.linear2, self.drop = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model), nn.Dropout(dropout)

    @staticmethod
    def through(linear, x):
        ones = x.new_ones(*x.shape[:-1], 1)
        return torch.cat([x, ones], -1) @ torch.cat([linear.weight, linear.bias[:, None]], 1).T

    def forward(self, x):
        return self.through(self.linear2, self.drop(self.through(self.linear1, x).relu()))
