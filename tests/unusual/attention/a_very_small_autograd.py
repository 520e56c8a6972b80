"""Backward by accumulated closures; grads as an OrderedDict / defaultdict; forward recomputed in a class with a cache."""

from collections import OrderedDict, defaultdict
import numpy as np


class Var:
    """A very small autograd."""

    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __matmul__(self, o):
        return Var(
            self.value @ o.value,
            [(self, lambda g: g @ o.value.swapaxes(-1, -2)), (o, lambda g: self.value.swapaxes(-1, -2) @ g)],
        )

    def __add__(self, o):
        return Var(self.value + o.value, [(self, lambda g: g), (o, lambda g: g)])

    def map(self, f, df):
        return Var(f(self.value), [(self, df)])

    @property
    def T(self):
        t = lambda a: a.swapaxes(-1, -2)
        return self.map(t, t)

    def backward(self, seed):
        order, seen = [], set()

        def visit(v):
            if id(v) not in seen:
                seen.add(id(v))
                for p, _ in v.parents:
                    visit(p)
                order.append(v)

        visit(self)
        self.grad = seed
        for v in reversed(order):
            for p, f in v.parents:
                g = f(v.grad)
                extra = g.ndim - np.ndim(p.value)
                g = g.sum(tuple(range(extra))) if extra else g
                p.grad = p.grad + g


def _softmax(v):
    e = np.exp(v.value - v.value.max(-1, keepdims=True))
    y = e / e.sum(-1, keepdims=True)
    return v.map(lambda _: y, lambda g: softmax_backward(g, y))


def softmax_backward(grad_output, output, axis=-1):
    return output * grad_output - output * np.sum(output * grad_output, axis=axis, keepdims=True)


def _attend(q, k, v, mask):
    c = q.value.shape[-1] ** -0.5
    s = (q @ k.T).map(lambda a: a * c, lambda g: g * c)
    if mask is not None:
        s = s.map(lambda a: np.where(mask, a, -1e30), lambda g: np.where(mask, g, 0.0))
    return _softmax(s) @ v


def scaled_dot_product_attention_backward(grad_output, q, k, v, mask=None):
    q, k, v = Var(q), Var(k), Var(v)
    _attend(q, k, v, mask).backward(grad_output)
    return q.grad, k.grad, v.grad


def multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask=None):
    W = OrderedDict((n, Var(np.asarray(a))) for n, a in weights.items())
    xs = [Var(a) for a in (q, k, v)]
    cut = lambda a: a.reshape(*a.shape[:2], num_heads, -1).swapaxes(1, 2)
    join = lambda a: a.swapaxes(1, 2).reshape(a.shape[0], a.shape[2], -1)
    lin = lambda x, n: x @ W[n + ".weight"].T + W[n + ".bias"]
    heads = [lin(x, n).map(cut, join) for x, n in zip(xs, ("w_q", "w_k", "w_v"))]
    lin(_attend(*heads, mask).map(join, cut), "w_o").backward(grad_output)
    grads = defaultdict(float)
    for n, var in W.items():
        grads[n] = np.zeros(var.value.shape) + var.grad
    return xs[0].grad, xs[1].grad, xs[2].grad, grads
