"""The gradient by complex steps: the forward pass sees x + ih, and the imaginary part is the derivative."""

import numpy as np

H = 1e-30


def layer_norm(x, gamma, beta, eps=1e-5):
    c = x - x.mean(-1, keepdims=True)
    return beta + gamma * c / ((c * c).mean(-1, keepdims=True) + eps) ** 0.5


def layer_norm_backward(grad_output, x, gamma, eps=1e-5):
    zero = np.zeros(gamma.shape)

    def slope(*arguments):
        return grad_output * layer_norm(*arguments, eps).imag / H

    steps = 1j * H * np.eye(gamma.size)
    grad_x = np.stack([slope(x + step, gamma, zero).sum(-1) for step in steps], -1)
    grad_gamma = np.array([slope(x, gamma + step, zero).sum() for step in steps])
    grad_beta = np.array([slope(x, gamma, zero + step).sum() for step in steps])
    return grad_x, grad_gamma, grad_beta
