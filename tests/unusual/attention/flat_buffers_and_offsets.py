"""As in C: flat buffers and offsets, a preallocated result, and accumulators that are set to zero."""

from math import exp, sqrt

import numpy as np


def softmax(x, axis=-1):
    moved = np.moveaxis(x, axis, -1)
    n = moved.shape[-1]
    buf = moved.flatten()
    for base in range(0, buf.size, n):
        top = buf[base]
        for j in range(1, n):
            if buf[base + j] > top:
                top = buf[base + j]
        total = 0.0
        for j in range(n):
            buf[base + j] = exp(buf[base + j] - top)
            total += buf[base + j]
        for j in range(n):
            buf[base + j] /= total
    return np.moveaxis(buf.reshape(moved.shape), -1, axis)


def scaled_dot_product_attention(q, k, v, mask=None):
    Q, K, D, E = q.shape[-2], k.shape[-2], q.shape[-1], v.shape[-1]
    lead = q.shape[:-2]
    B = int(np.prod(lead))
    seen = np.ones((*lead, Q, K), dtype=bool) if mask is None else np.broadcast_to(mask, (*lead, Q, K))
    seen = seen.flatten()
    qf, kf = q.flatten().tolist(), k.flatten().tolist()
    s = np.empty(B * Q * K)
    for b in range(B):
        for i in range(Q):
            for j in range(K):
                o = (b * Q + i) * K + j
                if not seen[o]:
                    s[o] = -1e300
                    continue
                acc = 0.0
                for d in range(D):
                    acc += qf[(b * Q + i) * D + d] * kf[(b * K + j) * D + d]
                s[o] = acc / sqrt(D)
    w = softmax(s.reshape(B * Q, K)).reshape(B, Q, K)
    vs = v.reshape(B, K, E)
    y = np.zeros((B, Q, E))
    for b in range(B):
        for j in range(K):
            for i in range(Q):
                y[b, i, :] += w[b, i, j] * vs[b, j, :]
    return y.reshape(*lead, Q, E), w.reshape(*lead, Q, K)


def causal_mask(num_tokens):
    m = np.zeros(num_tokens * num_tokens, dtype=np.bool_)
    for i in range(num_tokens):
        for j in range(i + 1):
            m[i * num_tokens + j] = 1
    return m.reshape(num_tokens, num_tokens)
