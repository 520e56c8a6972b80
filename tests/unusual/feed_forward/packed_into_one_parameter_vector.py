"""All weights in one vector that is cut into views; descriptors; gradients written through the views."""

import math

import numpy as np


class Slot:
    def __set_name__(self, owner, name):
        self.name = name.replace("_", ".")

    def __get__(self, packed, owner=None):
        return self if packed is None else packed.views()[self.name]


class Packed:
    linear1_weight, linear1_bias, linear2_weight, linear2_bias = Slot(), Slot(), Slot(), Slot()

    def __init__(self, shapes, vector=None):
        self.shapes = shapes
        self.vector = np.zeros(sum(map(math.prod, shapes.values()))) if vector is None else vector

    @classmethod
    def of(cls, weights):
        names = [s.name for s in vars(cls).values() if isinstance(s, Slot)]
        shapes = {name: weights[name].shape for name in names}
        return cls(shapes, np.concatenate([weights[name].ravel() for name in names]))

    def views(self):
        ends = np.cumsum([math.prod(s) for s in self.shapes.values()])
        parts = np.split(self.vector, ends[:-1])
        return {name: part.reshape(shape) for part, (name, shape) in zip(parts, self.shapes.items())}


def relu(x):
    return np.clip(x, 0, np.inf)


def feed_forward(x, weights):
    p = Packed.of(weights)
    return relu(x @ p.linear1_weight.T + p.linear1_bias) @ p.linear2_weight.T + p.linear2_bias


def feed_forward_backward(grad_output, x, weights):
    p = Packed.of(weights)
    grads = Packed(p.shapes)
    before = x @ p.linear1_weight.T + p.linear1_bias
    after = relu(before)
    grad_before = (grad_output @ p.linear2_weight) * (before > 0)
    rows = lambda t: t.reshape(-1, t.shape[-1])
    np.einsum("no,ni->oi", rows(grad_before), rows(x), out=grads.linear1_weight, optimize=True)
    np.einsum("no->o", rows(grad_before), out=grads.linear1_bias)
    np.einsum("no,ni->oi", rows(grad_output), rows(after), out=grads.linear2_weight, optimize=True)
    np.einsum("no->o", rows(grad_output), out=grads.linear2_bias)
    return grad_before @ p.linear1_weight, grads.views()
