"""The scores of each head by one merged matrix (W_q^T W_k) over inputs with a one appended; decorators; match."""

import functools
import numpy as np


def no_warnings(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        with np.errstate(all="ignore"):
            return f(*args, **kwargs)

    return wrapper


@no_warnings
def softmax(x, axis=-1):
    x = np.moveaxis(x, axis, -1)
    top = np.fmax.reduce(x, axis=-1, keepdims=True)
    e = np.exp2((x - top) * np.log2(np.e))
    return np.moveaxis(e / np.add.reduce(e, axis=-1, keepdims=True), -1, axis)


@no_warnings
def scaled_dot_product_attention(q, k, v, mask=None):
    *_, d = q.shape
    scores = np.einsum("...qd,...kd->...qk", q / d**0.5, k)
    match mask:
        case None:
            pass
        case _:
            scores = np.where(np.asarray(mask, dtype=bool), scores, np.finfo(scores.dtype).min)
    w = softmax(scores)
    return np.einsum("...qk,...kd->...qd", w, v), w


def one(x):
    return np.concatenate([x, np.ones_like(x[..., :1])], -1)


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    full = {n: np.c_[weights[f"w_{n}.weight"], weights[f"w_{n}.bias"]] for n in "qkvo"}
    d = full["q"].shape[0] // num_heads
    outs, attn = [], []
    batch, tq, tk = q.shape[0], q.shape[1], k.shape[1]
    m = np.ones((1, 1, 1, 1), bool) if mask is None else mask
    m = np.broadcast_to(m, (batch, num_heads, tq, tk))
    for h in range(num_heads):
        rows = slice(h * d, h * d + d)
        bilinear = full["q"][rows].T @ full["k"][rows]
        s = one(q) @ bilinear @ one(k).swapaxes(1, 2) / np.sqrt(d)
        a = softmax(np.where(m[:, h], s, -np.inf if m[:, h].any(-1).all() else -1e30))
        outs.append(a @ (one(v) @ full["v"][rows].T))
        attn.append(a)
    return one(np.concatenate(outs, -1)) @ full["o"].T, np.stack(attn, 1)


def causal_mask(num_tokens):
    return np.array([[j <= i for j in range(num_tokens)] for i in range(num_tokens)], dtype=bool).reshape(
        num_tokens, num_tokens
    )


def padding_mask(token_ids, pad_id=0):
    token_ids = np.asarray(token_ids)
    return np.logical_not(np.equal(token_ids, pad_id)).reshape(len(token_ids), 1, 1, -1)
