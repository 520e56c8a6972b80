"""Loops, one query at a time, as the equation is read aloud."""

import math

import numpy as np


def softmax(x, axis=-1):
    def one(row):
        top = max(row)
        powers = [math.exp(value - top) for value in row]
        return np.array(powers) / sum(powers)

    return np.apply_along_axis(one, axis, x)


def scaled_dot_product_attention(q, k, v, mask=None):
    leading, (queries, d_k), keys = q.shape[:-2], q.shape[-2:], k.shape[-2]
    output = np.zeros((*leading, queries, v.shape[-1]))
    weights = np.zeros((*leading, queries, keys))
    if mask is not None:
        mask = np.broadcast_to(mask, weights.shape)
    for place in np.ndindex(*leading):
        for i in range(queries):
            visible = [j for j in range(keys) if mask is None or mask[(*place, i, j)]]
            if not visible:
                continue
            scores = np.array([np.dot(q[(*place, i)], k[(*place, j)]) / math.sqrt(d_k) for j in visible])
            for j, weight in zip(visible, softmax(scores)):
                weights[(*place, i, j)] = weight
                output[(*place, i)] += weight * v[(*place, j)]
    return output, weights


def causal_mask(num_tokens):
    mask = np.zeros((num_tokens, num_tokens), dtype=bool)
    for i in range(num_tokens):
        for j in range(i + 1):
            mask[i, j] = True
    return mask


def padding_mask(token_ids, pad_id=0):
    batch, keys = token_ids.shape
    mask = np.empty((batch, 1, 1, keys), dtype=np.bool_)
    for b in range(batch):
        for j in range(keys):
            mask[b, 0, 0, j] = token_ids[b, j] != pad_id
    return mask
