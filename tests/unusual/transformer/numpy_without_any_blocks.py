"""The whole model in one NumPy function after another, complex sinusoids, a lens on the weights, masks by outer comparison."""

from functools import partial, reduce

import numpy as np


def lens(weights, *path):
    prefix = ".".join(map(str, path))
    return lambda name: weights[f"{prefix}.{name}"]


def affine(w, name, x):
    return np.einsum("bti,oi->bto", x, w(name + ".weight"), optimize=True) + w(name + ".bias")


def norm(w, name, x):
    z = x - x.mean(-1, keepdims=True)
    return z / np.sqrt((z * z).mean(-1, keepdims=True) + 1e-5) * w(name + ".norm.gamma") + w(name + ".norm.beta")


def attention(w, name, x, y, h, mask):
    d = x.shape[-1]
    q, k, v = (
        affine(w, f"{name}.w_{n}", z).reshape(*z.shape[:2], h, d // h).transpose(2, 0, 1, 3)
        for n, z in (("q", x), ("k", y), ("v", y))
    )
    s = np.where(mask, q @ k.transpose(0, 1, 3, 2) / np.sqrt(d // h), -np.inf)
    top = s.max(-1, keepdims=True)
    p = np.exp(s - np.where(np.isfinite(top), top, 0))
    o = (p @ v) / np.maximum(p.sum(-1, keepdims=True), np.finfo(float).tiny)
    return affine(w, f"{name}.w_o", o.transpose(1, 2, 0, 3).reshape(x.shape))


def network(w, x):
    return affine(w, "feed_forward.linear2", np.maximum(affine(w, "feed_forward.linear1", x), 0))


def up(heads, mask, x, w):
    x = norm(w, "residual1", x + attention(w, "self_attention", x, x, heads, mask))
    return norm(w, "residual2", x + network(w, x))


def down(heads, memory, own, cross, x, w):
    x = norm(w, "residual1", x + attention(w, "self_attention", x, x, heads, own))
    x = norm(w, "residual2", x + attention(w, "cross_attention", x, memory, heads, cross))
    return norm(w, "residual3", x + network(w, x))


def embed(table, ids):
    n, d = ids.shape[1], table.shape[1]
    turn = np.exp(1j * np.outer(np.arange(n), 10000.0 ** (-np.arange(0, d, 2) / d)))
    waves = np.stack([turn.imag, turn.real], axis=-1).reshape(n, d)
    return np.eye(len(table))[ids] @ table * d**0.5 + waves


def transformer(src, tgt, weights, num_heads, num_layers, pad_id=0):
    lenses = lambda stack: [lens(weights, stack, "layers", i) for i in range(num_layers)]
    i = np.arange(tgt.shape[1])
    seen = np.not_equal(src, pad_id)[:, None, :]
    own = np.not_equal(tgt, pad_id)[:, None, :] * np.less_equal.outer(i, i).T.astype(bool)
    memory = reduce(
        partial(up, num_heads, seen), lenses("encoder"), embed(weights["src_embedding.embedding.weight"], src)
    )
    states = reduce(
        partial(down, num_heads, memory, own, seen),
        lenses("decoder"),
        embed(weights["tgt_embedding.embedding.weight"], tgt),
    )
    return affine(weights.__getitem__, "output", states)
