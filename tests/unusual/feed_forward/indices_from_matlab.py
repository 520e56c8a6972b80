"""C and MATLAB: buffers made in advance, every index written out, flat offsets into raveled memory."""

import numpy as np


def relu(x):
    n = x.size
    out = np.empty(n, dtype=x.dtype)
    flat = np.ravel(x, order="C")
    k = 0
    while k < n:
        v = flat[k]
        out[k] = v if v > 0 else 0
        k += 1
    return out.reshape(x.shape)


def feed_forward(x, weights):
    W1 = np.asfortranarray(weights["linear1.weight"])
    W2 = np.asfortranarray(weights["linear2.weight"])
    D, F = W1.shape[1], W1.shape[0]
    N = x.size // D
    X = np.reshape(x, (N, D))
    H = np.empty((N, F))
    Y = np.empty((N, D))
    for f in range(F):
        H[:, f] = weights["linear1.bias"][f]
        for d in range(D):
            H[:, f] += X[:, d] * W1[f, d]
    H[H < 0] = 0
    for d in range(D):
        Y[:, d] = weights["linear2.bias"][d]
        for f in range(F):
            Y[:, d] += H[:, f] * W2[d, f]
    return np.reshape(Y, x.shape)


def feed_forward_backward(grad_output, x, weights):
    W1, b1, W2 = weights["linear1.weight"], weights["linear1.bias"], weights["linear2.weight"]
    F, D = W1.shape
    N = x.size // D
    X, G = np.reshape(x, (N, D)), np.reshape(grad_output, (N, D))
    dX = np.zeros((N, D))
    dW1, db1, dW2, db2 = np.zeros((F, D)), np.zeros(F), np.zeros((D, F)), np.zeros(D)
    for n in range(N):
        for d in range(D):
            db2[d] += G[n, d]
        for f in range(F):
            a = b1[f]
            g = 0.0
            for d in range(D):
                a += W1[f, d] * X[n, d]
                g += W2[d, f] * G[n, d]
            if a <= 0:
                continue
            db1[f] += g
            for d in range(D):
                dW2[d, f] += a * G[n, d]
                dW1[f, d] += g * X[n, d]
                dX[n, d] += g * W1[f, d]
    grad_weights = {}
    grad_weights["linear1.weight"], grad_weights["linear1.bias"] = dW1, db1
    grad_weights["linear2.weight"], grad_weights["linear2.bias"] = dW2, db2
    return np.reshape(dX, x.shape), grad_weights
