"""statistics.pvariance works in exact fractions; a generator gives the tokens as lists."""

from statistics import fmean, pvariance

import numpy as np


def _tokens(x):
    yield from x.reshape(-1, x.shape[-1]).astype(float).tolist()


def layer_norm(x, gamma, beta, eps=1e-5):
    def one(token):
        mean = fmean(token)
        root = (pvariance(token) + eps) ** 0.5
        return [(v - mean) / root for v in token]

    rows = np.array([one(token) for token in _tokens(x)])
    return (rows * gamma + beta).reshape(x.shape)


def layer_norm_backward(grad_output, x, gamma, eps=1e-5):
    grad_x, grad_gamma, grad_beta = [], 0 * gamma, 0 * gamma
    for token, up in zip(_tokens(x), _tokens(grad_output)):
        mean, root = fmean(token), (pvariance(token) + eps) ** 0.5
        hat = [(v - mean) / root for v in token]
        g = [u * c for u, c in zip(up, gamma.tolist())]
        level = fmean(g)
        slope = fmean(a * b for a, b in zip(g, hat))
        grad_x.append([(a - level - slope * b) / root for a, b in zip(g, hat)])
        grad_gamma = grad_gamma + np.multiply(up, hat)
        grad_beta = grad_beta + up
    return np.array(grad_x).reshape(x.shape), grad_gamma, grad_beta
