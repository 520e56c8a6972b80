import numpy as np


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def scaled_dot_product_attention(q, k, v, mask=None):
    q /= np.sqrt(q.shape[-1])
    logits = q @ k.swapaxes(-1, -2)
    if mask is not None:
        logits = np.where(mask, logits, -1e9)
    attn = softmax(logits)
    return attn @ v, attn
