"""Everything is an einsum; the scores are held with the keys first."""

import numpy as np


def softmax(x, axis=-1):
    e = np.exp(x - np.max(x, axis, keepdims=True))
    return np.divide(e, np.sum(e, axis, keepdims=True))


def scaled_dot_product_attention(q, k, v, mask=None):
    scores_t = np.einsum("...kd,...qd->...kq", k, q) * q.shape[-1] ** -0.5
    if mask is not None:
        full = np.broadcast_to(mask, scores_t.shape[:-2] + (scores_t.shape[-1], scores_t.shape[-2]))
        scores_t = np.where(np.einsum("...qk->...kq", full), scores_t, -1e9)
    weights_t = softmax(scores_t, axis=-2)
    return np.einsum("...kq,...kd->...qd", weights_t, v), np.einsum("...kq->...qk", weights_t)


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    def heads(x, name):
        w = weights[name + ".weight"].reshape(num_heads, -1, x.shape[-1])
        b = weights[name + ".bias"].reshape(num_heads, -1)
        return np.einsum("btm,hdm->bhtd", x, w) + b[:, None, :]

    out, att = scaled_dot_product_attention(heads(q, "w_q"), heads(k, "w_k"), heads(v, "w_v"), mask)
    w_o = weights["w_o.weight"].reshape(-1, num_heads, out.shape[-1])
    return np.einsum("bhtd,mhd->btm", out, w_o) + weights["w_o.bias"], att
