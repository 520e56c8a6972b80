"""relu(x) = (x + |x|) / 2, tensordot, a bias in the matrix, and a backward pass through classes."""

import numpy as np


def relu(x):
    return (x + np.abs(x)) / 2


def with_one(x):
    return np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)


def affine(weights, name):
    return np.column_stack([weights[name + ".weight"], weights[name + ".bias"]])


def feed_forward(x, weights):
    hidden = relu(np.tensordot(with_one(x), affine(weights, "linear1"), axes=(-1, -1)))
    return np.tensordot(with_one(hidden), affine(weights, "linear2"), axes=(-1, -1))


class Affine:
    def __init__(self, weights, name):
        self.matrix, self.name = affine(weights, name), name

    def forward(self, x):
        self.x = with_one(x)
        return self.x @ self.matrix.T

    def backward(self, grad):
        every = tuple(range(grad.ndim - 1))
        together = np.tensordot(grad, self.x, axes=(every, every))
        self.gradients = {f"{self.name}.weight": together[:, :-1], f"{self.name}.bias": together[:, -1]}
        return (grad @ self.matrix)[..., :-1]


class Relu:
    def forward(self, x):
        self.on = np.heaviside(x, 0.0)
        return x * self.on

    def backward(self, grad):
        return grad * self.on


def feed_forward_backward(grad_output, x, weights):
    layers = [Affine(weights, "linear1"), Relu(), Affine(weights, "linear2")]
    for layer in layers:
        x = layer.forward(x)
    grad = grad_output
    for layer in reversed(layers):
        grad = layer.backward(grad)
    return [grad, {**layers[0].gradients, **layers[-1].gradients}]
