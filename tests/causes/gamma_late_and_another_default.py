import numpy as np


def layer_norm_backward(grad_output, x, gamma, eps=1e-3):
    c = x - x.mean(-1, keepdims=True)
    r = 1 / np.sqrt(x.var(-1, keepdims=True) + eps)
    n = c * r
    ax = tuple(range(x.ndim - 1))
    m = lambda a: a.mean(-1, keepdims=True)
    return (
        gamma * r * (grad_output - m(grad_output) - n * m(grad_output * n)),
        (grad_output * n).sum(ax),
        grad_output.sum(ax),
    )
