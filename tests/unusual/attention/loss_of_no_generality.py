"""2-D matrices only inside; leading axes are flattened and restored."""

import numpy as np


def softmax(x, axis=-1):
    moved = np.moveaxis(x, axis, 0)
    e = np.exp(moved - moved.max(0))
    return np.moveaxis(e / e.sum(0), 0, axis)


def one(q, k, v, mask):
    a = softmax(np.where(mask, q.dot(k.T) / np.sqrt(len(q.T)), -1e20))
    return a.dot(v), a


def scaled_dot_product_attention(q, k, v, mask=None):
    lead, Tq, Tk = q.shape[:-2], q.shape[-2], k.shape[-2]
    mask = np.ones((Tq, Tk), bool) if mask is None else mask
    masks = np.broadcast_to(mask, lead + (Tq, Tk)).reshape(-1, Tq, Tk)
    flat = [x.reshape((-1,) + x.shape[-2:]) for x in (q, k, v)]
    pairs = [one(*matrices) for matrices in zip(*flat, masks)]
    output = np.array([o for o, _ in pairs]).reshape(lead + (Tq, v.shape[-1]))
    return output, np.array([a for _, a in pairs]).reshape(lead + (Tq, Tk))


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    W = {n[:3]: np.column_stack([weights[n], weights[n[:3] + ".bias"]]) for n in weights if n in NEEDED}
    homogeneous = lambda x: np.concatenate([x, np.ones(x.shape[:-1] + (1,))], axis=-1)
    split = lambda x: np.rollaxis(x.reshape(x.shape[:2] + (num_heads, -1)), 2, 1)
    heads = [split(homogeneous(x) @ W[n].T) for x, n in ((q, "w_q"), (k, "w_k"), (v, "w_v"))]
    output, a = scaled_dot_product_attention(*heads, mask=mask)
    return homogeneous(np.rollaxis(output, 2, 1).reshape(q.shape)) @ W["w_o"].T, a


NEEDED = {"w_q.weight", "w_k.weight", "w_v.weight", "w_o.weight"}
