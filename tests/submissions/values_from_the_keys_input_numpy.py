import numpy as np


def attend(q, k, v, mask):
    s = np.einsum("bhid,bhjd->bhij", q, k) / np.sqrt(q.shape[-1])
    s = s if mask is None else np.where(mask, s, -1e9)
    e = np.exp(s - s.max(-1, keepdims=True))
    a = e / e.sum(-1, keepdims=True)
    return np.einsum("bhij,bhjd->bhid", a, v), a


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    proj = lambda x, n: x @ weights[n + ".weight"].T + weights[n + ".bias"]
    cut = lambda x: x.reshape(*x.shape[:2], num_heads, -1).transpose(0, 2, 1, 3)
    out, a = attend(cut(proj(q, "w_q")), cut(proj(k, "w_k")), cut(proj(k, "w_v")), mask)
    return proj(out.transpose(0, 2, 1, 3).reshape(q.shape), "w_o"), a
