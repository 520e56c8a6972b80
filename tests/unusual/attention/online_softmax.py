"""Blocks of keys with a running maximum, as FlashAttention; the weights from the log-sum-exp afterwards."""

import numpy as np


class _Softmax:
    def __call__(self, x, axis=-1):
        running, total = np.full_like(np.take(x, [0], axis), -np.inf), 0.0
        for i in range(x.shape[axis]):
            col = np.take(x, [i], axis)
            new = np.maximum(running, col)
            total = total * np.exp(running - new) + np.exp(col - new)
            running = new
        return np.exp(x - running) / total


softmax = _Softmax()


def scaled_dot_product_attention(q, k, v, mask=None, *, block=2):
    d, n, m = q.shape[-1], q.shape[-2], k.shape[-2]
    lead = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    full = None if mask is None else np.broadcast_to(mask, (*lead, n, m))
    top = np.full((*lead, n, 1), -1e300)
    total = np.zeros((*lead, n, 1))
    acc = np.zeros((*lead, n, v.shape[-1]))
    kept = []
    for start in range(0, m, block):
        ks, vs = k[..., start : start + block, :], v[..., start : start + block, :]
        s = q @ np.swapaxes(ks, -1, -2) * d**-0.5
        if full is not None:
            s = np.where(full[..., start : start + block], s, -1e300)
        new = np.maximum(top, s.max(-1, keepdims=True))
        p = np.exp(s - new)
        if full is not None:
            p = p * full[..., start : start + block]
        shrink = np.exp(top - new)
        total = total * shrink + p.sum(-1, keepdims=True)
        acc = acc * shrink + p @ vs
        top = new
        kept.append(s)
    total = np.where(total == 0, 1, total)
    w = np.exp(np.concatenate(kept, -1) - top) / total
    if full is not None:
        w = w * full
    return acc / total, w


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    def heads(x, role):
        y = np.tensordot(x, weights[f"w_{role}.weight"], axes=[[2], [1]])
        y += weights[f"w_{role}.bias"]
        return np.stack(np.split(y, num_heads, axis=-1), axis=1)

    o, a = scaled_dot_product_attention(heads(q, "q"), heads(k, "k"), heads(v, "v"), mask)
    flat = np.rollaxis(o, 1, 3).reshape(q.shape[0], q.shape[1], -1)
    return flat @ weights["w_o.weight"].transpose() + weights["w_o.bias"], a
