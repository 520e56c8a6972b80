"""C and MATLAB: buffers for every quantity, loops over samples and heads, the visible keys picked by index."""

import numpy as np


def _gather(mask, shape):
    B, H, T = shape
    full = np.empty((B, H, T, T), dtype=np.int8)
    full[...] = 1 if mask is None else mask
    return full


def encoder_layer(x, weights, num_heads, mask=None):
    B, T, D = x.shape
    H = num_heads
    K = D // H
    see = _gather(mask, (B, H, T))
    Q, Ks, V, O, A, Y = (np.empty((T, D)) for _ in range(6))
    out = np.empty((B, T, D))
    for b in range(B):
        np.dot(x[b], weights["self_attention.w_q.weight"].T, out=Q)
        np.dot(x[b], weights["self_attention.w_k.weight"].T, out=Ks)
        np.dot(x[b], weights["self_attention.w_v.weight"].T, out=V)
        Q += weights["self_attention.w_q.bias"]
        Ks += weights["self_attention.w_k.bias"]
        V += weights["self_attention.w_v.bias"]
        for h in range(H):
            lo, hi = h * K, (h + 1) * K
            for i in range(T):
                js = np.flatnonzero(see[b, h, i])
                if js.size == 0:
                    O[i, lo:hi] = 0.0
                    continue
                s = Ks[js, lo:hi] @ Q[i, lo:hi] / K**0.5
                s -= s[s.argmax()]
                np.exp(s, out=s)
                O[i, lo:hi] = s @ V[js, lo:hi] / s.sum()
        np.dot(O, weights["self_attention.w_o.weight"].T, out=A)
        A += weights["self_attention.w_o.bias"]
        A += x[b]
        _normalise(A, weights["residual1.norm.gamma"], weights["residual1.norm.beta"])
        hidden = A @ weights["feed_forward.linear1.weight"].T
        hidden += weights["feed_forward.linear1.bias"]
        hidden[hidden < 0] = 0
        np.dot(hidden, weights["feed_forward.linear2.weight"].T, out=Y)
        Y += weights["feed_forward.linear2.bias"]
        Y += A
        _normalise(Y, weights["residual2.norm.gamma"], weights["residual2.norm.beta"])
        out[b] = Y
    return out


def _normalise(rows, gamma, beta):
    for row in rows:
        mean = row.sum() / row.size
        row -= mean
        row /= np.sqrt(row @ row / row.size + 1e-5)
        row *= gamma
        row += beta


def encoder(x, layers, num_heads, mask=None):
    ping = x
    for n in range(len(layers)):
        pong = encoder_layer(ping, layers[n], num_heads, mask)
        ping, pong = pong, ping
    return ping
