"""The full Jacobian of each token as one einsum, and gradients by contraction."""

import numpy as np


def _parts(x, eps):
    d = x.shape[-1]
    P = np.eye(d) - np.ones((d, d)) / d
    c = np.einsum("ij,...j->...i", P, x - x[..., :1])
    return P, c, 1 / np.sqrt(np.einsum("...i,...i->...", c, c, optimize=True) / d + eps)


def layer_norm(x, gamma, beta, eps=1e-5):
    _, c, r = _parts(x, eps)
    return np.einsum("...i,...,i->...i", c, r, gamma) + beta


def layer_norm_backward(grad_output, x, gamma, eps=1e-5):
    P, c, r = _parts(x, eps)
    J = np.einsum("...,ij->...ij", r, P) - np.einsum("...,...i,...j->...ij", r**3 / len(gamma), c, c)
    grad_x = np.einsum("...i,i,...ij->...j", grad_output, gamma, J, optimize="greedy")
    flat = grad_output.reshape(-1, len(gamma))
    return grad_x, np.einsum("ni,ni,n->i", flat, c.reshape(flat.shape), r.reshape(-1)), np.ones(len(flat)) @ flat
