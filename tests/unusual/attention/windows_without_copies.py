"""Heads and transposes are views made with stride tricks; the attention is np.vectorize with a signature."""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view


def softmax(x, axis=-1):
    return np.apply_along_axis(lambda row: (e := np.exp(row - np.max(row))) / np.sum(e), axis, x)


def _transposed(x):
    return as_strided(x, x.shape[::-1], x.strides[::-1], writeable=False)


def _attend(q, k, v, mask):
    scores = np.dot(q, _transposed(k)) / np.sqrt(q.shape[1])
    weights = softmax(np.where(mask, scores, -1e30))
    return np.dot(weights, v), weights


_everywhere = np.vectorize(_attend, signature="(q,d),(k,d),(k,e),(q,k)->(q,e),(q,k)", otypes=[float, float])


def scaled_dot_product_attention(q, k, v, mask=None):
    seen = np.broadcast_to(True if mask is None else mask, (*q.shape[:-1], k.shape[-2]))
    return _everywhere(q, k, v, seen)


def causal_mask(num_tokens):
    steps = np.arange(1 - num_tokens, num_tokens) <= 0
    return sliding_window_view(steps, num_tokens)[::-1].copy()


def padding_mask(token_ids, pad_id=0):
    real = np.not_equal(token_ids, pad_id)
    batch, tokens = real.shape
    return as_strided(real, (batch, 1, 1, tokens), (real.strides[0], 0, 0, real.strides[1])).copy()


def _heads(x, num_heads):
    x = np.ascontiguousarray(x)
    batch, tokens, features = x.shape
    d = features // num_heads
    b, t, f = x.strides
    return as_strided(x, (batch, num_heads, tokens, d), (b, f * d, t, f))


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    q, k, v = (
        _heads(x.dot(weights[f"w_{n}.weight"].T) + weights[f"w_{n}.bias"], num_heads) for n, x in zip("qkv", (q, k, v))
    )
    mixed, shares = scaled_dot_product_attention(q, k, v, mask)
    flat = np.empty((q.shape[0], q.shape[2], num_heads * q.shape[3]))
    _heads(flat, num_heads)[...] = mixed
    return flat.dot(weights["w_o.weight"].T) + weights["w_o.bias"], shares
