"""np.block matrices, np.piecewise, np.vectorize with a signature."""

import numpy as np


def relu(x):
    return np.piecewise(x, [x > 0], [lambda t: t, 0.0])


_one = np.vectorize(
    lambda x, W1, b1, W2, b2: W2 @ np.maximum(W1 @ x + b1, 0) + b2,
    signature="(d),(h,d),(h),(d,h),(d)->(d)",
)


def feed_forward(x, weights):
    return _one(x, *(weights[n] for n in ("linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias")))


def feed_forward_backward(grad_output, x, weights):
    """Chunks of rows, accumulated."""
    d = x.shape[-1]
    W1, b1, W2, b2 = (weights[n] for n in ("linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias"))
    X, G = np.ascontiguousarray(x).reshape(-1, d), np.ascontiguousarray(grad_output).reshape(-1, d)
    dX = np.zeros(X.shape)
    acc = {n: 0.0 for n in ("linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias")}
    for s in range(0, len(X), 4):
        xs, gs = X[s : s + 4], G[s : s + 4]
        z = xs @ W1.T + b1
        h = np.where(z > 0, z, 0)
        acc["linear2.weight"] = acc["linear2.weight"] + gs.T @ h
        acc["linear2.bias"] = acc["linear2.bias"] + gs.sum(0)
        dz = (z > 0) * (gs @ W2)
        acc["linear1.weight"] = acc["linear1.weight"] + dz.T @ xs
        acc["linear1.bias"] = acc["linear1.bias"] + dz.sum(0)
        dX[s : s + 4] = dz @ W1
    return dX.reshape(x.shape), acc
