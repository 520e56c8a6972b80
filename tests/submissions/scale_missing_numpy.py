import numpy as np


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def scaled_dot_product_attention(q, k, v, mask=None):
    logits = np.einsum("...qd,...kd->...qk", q, k)
    if mask is not None:
        logits[np.broadcast_to(~mask, logits.shape)] = -1e9
    attn = softmax(logits)
    return attn @ v, attn
