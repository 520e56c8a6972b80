"""As in C: one flat buffer, offsets and strides, a preallocated result, accumulators that are set to zero."""

from math import sqrt

import numpy as np


def layer_norm(x, gamma, beta, eps=1e-5):
    D = x.shape[-1]
    N = x.size // D
    src = x.ravel(order="C").tolist()
    dst = [0.0] * (N * D)
    n = 0
    while n < N:
        base = n * D
        m = 0.0
        for i in range(D):
            m += src[base + i]
        m /= D
        v = 0.0
        for i in range(D):
            t = src[base + i] - m
            v += t * t
        v /= D
        s = 1.0 / sqrt(v + eps)
        for i in range(D):
            dst[base + i] = gamma[i] * ((src[base + i] - m) * s) + beta[i]
        n += 1
    return np.array(dst, dtype=np.float64).reshape(x.shape)


def layer_norm_backward(grad_output, x, gamma, eps=1e-5):
    D = x.shape[-1]
    N = x.size // D
    src, dout = np.ravel(x), np.ravel(grad_output)
    dx, dgamma, dbeta = np.zeros(N * D), np.zeros(D), np.zeros(D)
    for n in range(N):
        base = n * D
        m = v = a = b = 0.0
        for i in range(D):
            m += src[base + i] / D
        for i in range(D):
            v += (src[base + i] - m) ** 2 / D
        s = 1.0 / sqrt(v + eps)
        for i in range(D):
            g = dout[base + i] * gamma[i]
            a += g
            b += g * (src[base + i] - m) * s
            dbeta[i] += dout[base + i]
            dgamma[i] += dout[base + i] * (src[base + i] - m) * s
        for i in range(D):
            g = dout[base + i] * gamma[i]
            dx[base + i] = s * (g - a / D - (src[base + i] - m) * s * b / D)
    return dx.reshape(x.shape), dgamma, dbeta
