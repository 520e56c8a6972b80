import numpy as np


def attend(q, k, v, mask):
    s = np.einsum("bhid,bhjd->bhij", q, k) / np.sqrt(q.shape[-1])
    s = s if mask is None else np.where(mask, s, -1e9)
    e = np.exp(s - s.max(-1, keepdims=True))
    a = e / e.sum(-1, keepdims=True)
    return np.einsum("bhij,bhjd->bhid", a, v), a


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    B, Tq, D = q.shape
    heads = lambda x, n: np.array(
        np.split(x @ weights[n + ".weight"].T + weights[n + ".bias"], num_heads, -1)
    ).swapaxes(0, 1)
    out, a = attend(heads(q, "w_q"), heads(k, "w_k"), heads(v, "w_v"), mask)
    return out.reshape(B, Tq, D) @ weights["w_o.weight"].T + weights["w_o.bias"], a
