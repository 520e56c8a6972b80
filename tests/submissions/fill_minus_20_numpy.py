import numpy as np


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def scaled_dot_product_attention(q, k, v, mask=None):
    logits = q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5
    if mask is not None:
        logits = np.where(mask, logits, -20)
    attn = softmax(logits)
    return attn @ v, attn
