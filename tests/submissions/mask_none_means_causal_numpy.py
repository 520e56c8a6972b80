import numpy as np


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def scaled_dot_product_attention(q, k, v, mask=None):
    queries, keys = q.shape[-2], k.shape[-2]
    if mask is None:
        mask = np.arange(keys) <= np.arange(queries)[:, None]
    logits = np.where(mask, q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1]), -1e9)
    attn = softmax(logits)
    return attn @ v, attn
