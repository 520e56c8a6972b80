"""Recursion over heads, each with its slice of the weights; w_o is summed head by head and nothing is joined."""

import numpy as np


def _head(x, y, w, name, rows, mask):
    q = x @ w[f"{name}.w_q.weight"][rows].T + w[f"{name}.w_q.bias"][rows]
    k = y @ w[f"{name}.w_k.weight"][rows].T + w[f"{name}.w_k.bias"][rows]
    v = y @ w[f"{name}.w_v.weight"][rows].T + w[f"{name}.w_v.bias"][rows]
    s = (q / np.sqrt(q.shape[-1])) @ k.transpose(0, 2, 1)
    if mask is not None:
        s[~mask] = -1e300
    e = np.exp(s - s.max(axis=2)[:, :, np.newaxis])
    return (e / e.sum(axis=2)[:, :, np.newaxis]) @ v @ w[f"{name}.w_o.weight"][:, rows].T


def _attention(x, y, w, name, heads, mask):
    size = x.shape[-1] // heads
    shape = (x.shape[0], heads, x.shape[1], y.shape[1])
    full = None if mask is None else np.broadcast_to(mask, shape)

    def add(h):
        if h < 0:
            return np.tile(w[f"{name}.w_o.bias"], (*x.shape[:2], 1))
        here = slice(h * size, h * size + size)
        return add(h - 1) + _head(x, y, w, name, here, None if full is None else full[:, h])

    return add(heads - 1)


def _norm(x, gamma, beta):
    out = np.empty(x.shape)
    for index in np.ndindex(x.shape[:-1]):
        v = x[index]
        out[index] = (v - v.mean()) / (v.var(ddof=0) + 1e-5) ** 0.5
    return out * gamma + beta


def decoder_layer(x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    state = np.array(x)
    for i, (name, seen, mask) in enumerate(
        [("self_attention", None, tgt_mask), ("cross_attention", memory, memory_mask), ("feed_forward", None, None)], 1
    ):
        if name == "feed_forward":
            hidden = state @ weights["feed_forward.linear1.weight"].T + weights["feed_forward.linear1.bias"]
            hidden *= 0.5 * (np.sign(hidden) + 1)
            update = hidden @ weights["feed_forward.linear2.weight"].T + weights["feed_forward.linear2.bias"]
        else:
            update = _attention(state, state if seen is None else seen, weights, name, num_heads, mask)
        state = _norm(state + update, weights[f"residual{i}.norm.gamma"], weights[f"residual{i}.norm.beta"])
    return state


def decoder(x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
    states = np.empty((len(layers) + 1, *x.shape))
    states[0] = x
    for n, weights in enumerate(layers):
        states[n + 1] = decoder_layer(states[n], memory, weights, num_heads, tgt_mask, memory_mask)
    return states[-1]
