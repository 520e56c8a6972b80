import numpy as np


def layer_norm_backward(grad_output, x, gamma, eps=1e-5):
    n = x.shape[-1]
    mu = x.mean(axis=-1, keepdims=True)
    inv = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    xn = (x - mu) * inv
    dx = n * grad_output - grad_output.sum(-1, keepdims=True) - xn * (grad_output * xn).sum(-1, keepdims=True)
    axes = tuple(range(x.ndim - 1))
    return gamma * inv / n * dx, (grad_output * xn).sum(axis=axes), grad_output.sum(axis=axes)
