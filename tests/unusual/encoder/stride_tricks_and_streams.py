"""Heads by stride tricks; attention streams over the keys with a running maximum; a stack as functools.reduce."""

from functools import partial, reduce

import numpy as np
from numpy.lib.stride_tricks import as_strided


def _heads(x, h):
    x = np.ascontiguousarray(x)
    b, t, d = x.shape
    s0, s1, s2 = x.strides
    return as_strided(x, (b, h, t, d // h), (s0, s2 * (d // h), s1, s2), writeable=False)


def _stream(q, k, v, mask):
    b, h, t, dk = q.shape
    top = np.full((b, h, t), -np.finfo(float).max)
    total, out = np.zeros((b, h, t)), np.zeros((b, h, t, dk))
    visible = np.ones((b, h, t, t), bool) if mask is None else np.broadcast_to(mask, (b, h, t, t))
    for j in range(0, t, 2):
        s = q @ k[:, :, j : j + 2].swapaxes(-1, -2) / np.sqrt(dk)
        s = np.where(visible[..., j : j + 2], s, -np.finfo(float).max)
        new = np.maximum(top, s.max(-1))
        shrink, e = np.exp(np.maximum(top - new, -800)), np.exp(np.maximum(s - new[..., None], -800))
        total = total * shrink + e.sum(-1)
        out = out * shrink[..., None] + e @ v[:, :, j : j + 2]
        top = new
    return out / total[..., None]


def _part(weights, name):
    return lambda *rest: weights[".".join((name, *rest))]


def _linear(w, name, x):
    return x @ w(name, "weight").T + w(name, "bias")


def _norm(w, x):
    mean = np.add.reduce(x, -1, keepdims=True) / x.shape[-1]
    var = np.add.reduce(np.square(x - mean), -1, keepdims=True) / x.shape[-1]
    return (x - mean) / np.sqrt(var + 1e-5) * w("gamma") + w("beta")


def encoder_layer(x, weights, num_heads, mask=None):
    attention, network = _part(weights, "self_attention"), _part(weights, "feed_forward")
    q, k, v = (_heads(_linear(attention, f"w_{name}", x), num_heads) for name in "qkv")
    joined = np.moveaxis(_stream(q, k, v, mask), 1, 2).reshape(x.shape)
    h = _norm(_part(weights, "residual1.norm"), x + _linear(attention, "w_o", joined))
    hidden = np.maximum(_linear(network, "linear1", h), 0)
    return _norm(_part(weights, "residual2.norm"), h + _linear(network, "linear2", hidden))


def encoder(x, layers, num_heads, mask=None):
    return reduce(partial(encoder_layer_of, num_heads, mask), layers, x)


def encoder_layer_of(num_heads, mask, x, weights):
    return encoder_layer(x, weights, num_heads, mask)
