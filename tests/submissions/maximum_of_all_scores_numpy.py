import numpy as np


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -1e9)
    e = np.exp(scores - scores.max())
    weights = e / e.sum(-1, keepdims=True)
    return weights @ v, weights


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    def project(x, name):
        y = x @ weights[name + ".weight"].T + weights[name + ".bias"]
        return y.reshape(y.shape[0], y.shape[1], num_heads, -1).transpose(0, 2, 1, 3)

    out, attention = scaled_dot_product_attention(project(q, "w_q"), project(k, "w_k"), project(v, "w_v"), mask)
    out = out.transpose(0, 2, 1, 3).reshape(q.shape[0], q.shape[1], -1)
    return out @ weights["w_o.weight"].T + weights["w_o.bias"], attention
