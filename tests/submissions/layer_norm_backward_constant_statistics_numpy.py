import numpy as np


def layer_norm_backward(grad_output, x, gamma, eps=1e-5):
    mu = x.mean(axis=-1, keepdims=True)
    sigma = np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    x_hat = (x - mu) / sigma
    d_gamma = np.sum((grad_output * x_hat).reshape(-1, x.shape[-1]), axis=0)
    d_beta = np.sum(grad_output.reshape(-1, x.shape[-1]), axis=0)
    return grad_output * gamma / sigma, d_gamma, d_beta
