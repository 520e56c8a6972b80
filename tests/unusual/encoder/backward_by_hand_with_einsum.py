"""The whole backward pass written out, from the norms to the softmax, without the blocks."""

import numpy as np


def norm_forward(x, g, b):
    mu = x.mean(-1, keepdims=True)
    sd = np.sqrt(((x - mu) ** 2).mean(-1, keepdims=True) + 1e-5)
    n = (x - mu) / sd
    return g * n + b, (n, sd, g)


def norm_backward(dy, cache):
    n, sd, g = cache
    dn = dy * g
    d = dn.shape[-1]
    dx = (d * dn - dn.sum(-1, keepdims=True) - n * (dn * n).sum(-1, keepdims=True)) / (d * sd)
    return dx, np.einsum("btd,btd->d", dy, n), np.einsum("btd->d", dy)


def encoder_layer_backward(grad_output, x, weights, num_heads, mask=None):
    w, grads, h = weights, {}, num_heads
    b, t, d = x.shape
    dk = d // h
    cut = lambda y: y.reshape(b, t, h, dk).transpose(0, 2, 1, 3)
    join = lambda y: y.transpose(0, 2, 1, 3).reshape(b, t, d)
    names = ["self_attention.w_q", "self_attention.w_k", "self_attention.w_v"]
    q, k, v = [cut(np.matmul(x, w[n + ".weight"].T) + w[n + ".bias"]) for n in names]
    s = q @ k.transpose(0, 1, 3, 2) / np.sqrt(dk)
    if mask is not None:
        s = np.where(mask, s, -1e300)
    a = np.exp(s - s.max(-1, keepdims=True))
    a = a / a.sum(-1, keepdims=True)
    o = join(a @ v)
    attended = o @ w["self_attention.w_o.weight"].T + w["self_attention.w_o.bias"]
    y, cache1 = norm_forward(x + attended, w["residual1.norm.gamma"], w["residual1.norm.beta"])
    z = y @ w["feed_forward.linear1.weight"].T + w["feed_forward.linear1.bias"]
    r = np.maximum(z, 0)
    f = r @ w["feed_forward.linear2.weight"].T + w["feed_forward.linear2.bias"]
    _, cache2 = norm_forward(y + f, w["residual2.norm.gamma"], w["residual2.norm.beta"])

    def linear(name, dout, inp):
        grads[name + ".weight"] = np.tensordot(dout, inp, axes=([0, 1], [0, 1]))
        grads[name + ".bias"] = dout.sum((0, 1))
        return dout @ w[name + ".weight"]

    dsum, grads["residual2.norm.gamma"], grads["residual2.norm.beta"] = norm_backward(grad_output, cache2)
    dz = linear("feed_forward.linear2", dsum, r) * (z > 0)
    dy = dsum + linear("feed_forward.linear1", dz, y)
    dsum, grads["residual1.norm.gamma"], grads["residual1.norm.beta"] = norm_backward(dy, cache1)
    do = cut(linear("self_attention.w_o", dsum, o))
    da = do @ v.swapaxes(-1, -2)
    ds = a * (da - (a * da).sum(-1, keepdims=True)) / np.sqrt(dk)
    into = [ds @ k, ds.swapaxes(-1, -2) @ q, a.swapaxes(-1, -2) @ do]
    dx = dsum.copy()
    for name, g in zip(names, into):
        dx += linear(name, join(g), x)
    return dx, dict(sorted(grads.items()))
