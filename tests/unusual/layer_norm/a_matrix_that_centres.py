"""The mean is taken away by a matrix, and the backward pass is the transpose of a Jacobian."""

import numpy as np


# %%
def centring(d):
    return np.identity(d) - np.full((d, d), 1 / d)


def layer_norm(x, gamma, beta, eps=1e-5):
    c = x @ centring(x.shape[-1])
    length = np.linalg.norm(c, axis=-1, keepdims=True) / np.sqrt(x.shape[-1])
    return beta + gamma * c / np.hypot(length, np.sqrt(eps))


# %%
def layer_norm_backward(grad_output, x, gamma, eps=1e-5):
    d = x.shape[-1]
    rows, ups = x.reshape(-1, d), grad_output.reshape(-1, d)
    grads, x_hats = [], []
    for row, up in zip(rows, ups):
        c = centring(d) @ row
        r = np.sqrt(c @ c / d + eps)
        jacobian = gamma[:, None] * (np.eye(d) / r - np.outer(c, c) / (d * r**3)) @ centring(d)
        grads.append(jacobian.T @ up)
        x_hats.append(c / r)
    return [np.reshape(grads, x.shape), (ups * np.array(x_hats)).sum(0), ups.sum(0)]
