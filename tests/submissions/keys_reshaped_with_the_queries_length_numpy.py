import numpy as np


def attend(q, k, v, mask):
    s = np.einsum("bhid,bhjd->bhij", q, k) / np.sqrt(q.shape[-1])
    s = s if mask is None else np.where(mask, s, -1e9)
    e = np.exp(s - s.max(-1, keepdims=True))
    a = e / e.sum(-1, keepdims=True)
    return np.einsum("bhij,bhjd->bhid", a, v), a


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    B, T, D = q.shape
    proj = lambda x, n: x @ weights[n + ".weight"].T + weights[n + ".bias"]
    heads = [
        proj(x, n).reshape(B, T, num_heads, D // num_heads).transpose(0, 2, 1, 3)
        for x, n in ((q, "w_q"), (k, "w_k"), (v, "w_v"))
    ]
    out, a = attend(*heads, mask)
    return proj(out.transpose(0, 2, 1, 3).reshape(B, T, D), "w_o"), a
