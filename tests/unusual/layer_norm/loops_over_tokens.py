import math

import numpy as np


def layer_norm(x, gamma, beta, eps=1e-5):
    out = np.empty_like(x)
    for index in np.ndindex(*x.shape[:-1]):
        token = x[index]
        mu = sum(token) / len(token)
        var = sum((value - mu) ** 2 for value in token) / len(token)
        out[index] = [g * (v - mu) / math.sqrt(var + eps) + b for v, g, b in zip(token, gamma, beta)]
    return out


def layer_norm_backward(grad_output, x, gamma, eps=1e-5):
    grad_x, grad_gamma, grad_beta = np.zeros_like(x), np.zeros_like(gamma), np.zeros_like(gamma)
    d = len(gamma)
    for index in np.ndindex(*x.shape[:-1]):
        up, token = grad_output[index], x[index]
        mu, var = token.mean(), token.var()
        root = math.sqrt(var + eps)
        grad_beta += up
        grad_gamma += up * (token - mu) / root
        g_hat = up * gamma
        grad_var = np.sum(g_hat * (token - mu)) * -0.5 * (var + eps) ** -1.5
        grad_mu = -np.sum(g_hat) / root + grad_var * np.mean(-2 * (token - mu))
        grad_x[index] = g_hat / root + grad_var * 2 * (token - mu) / d + grad_mu / d
    return grad_x, grad_gamma, grad_beta
