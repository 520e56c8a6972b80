"""Match statements, assignment expressions and generators, where others write if and for."""

import numpy as np


def softmax(x, axis=-1):
    return (powers := np.exp(x - x.max(axis, keepdims=True))) / powers.sum(axis, keepdims=True)


def hidden(mask, scores):
    match mask:
        case None:
            return scores
        case np.ndarray(ndim=0 | 1 | 2):
            return np.where(mask, scores, -np.finfo(scores.dtype).max)
        case np.ndarray(shape=(*_, queries, keys)):
            whole = np.repeat(mask, scores.shape[-2], -2) if queries == 1 else mask
            whole = np.repeat(whole, scores.shape[-1], -1) if keys == 1 else whole
            return np.where(whole, scores, -np.finfo(scores.dtype).max)


def scaled_dot_product_attention(q, k, v, mask=None):
    match q.shape, k.shape:
        case (*_, int(d)), (*_, int(e)) if d == e:
            return (weights := softmax(hidden(mask, q @ np.moveaxis(k, -1, -2) / d**0.5))) @ v, weights
        case one, other:
            raise ValueError(f"queries {one} and keys {other} do not fit")


def causal_mask(num_tokens):
    return np.array([[i - column >= 0 for column in range(num_tokens)] for i in range(num_tokens)])


def padding_mask(token_ids, pad_id=0):
    return np.stack([*((row != pad_id)[None, None] for row in token_ids)])


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    def projected():
        for x, role in zip((q, k, v), "qkv"):
            match weights:
                case {**all_of} if (w := all_of[f"w_{role}.weight"]) is not None:
                    y = np.inner(x, w) + all_of[f"w_{role}.bias"]
                    yield np.stack(np.array_split(y, num_heads, -1), 1)

    mixed, shares = scaled_dot_product_attention(*projected(), mask)
    return np.inner(np.concatenate([*mixed.swapaxes(0, 1)], -1), weights["w_o.weight"]) + weights["w_o.bias"], shares
