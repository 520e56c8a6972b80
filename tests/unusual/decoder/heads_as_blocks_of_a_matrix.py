"""The scores of all heads as one matrix, through np.kron of a unit matrix; softmax in log space; recursion by match."""

import numpy as np

_EPS = 1e-5
_ONE = lambda d: np.full((d, d), 1 / d)


def _norm(s, γ, β):
    P = np.eye(s.shape[-1]) - _ONE(s.shape[-1])
    c = s @ P
    return γ * c / np.sqrt(np.einsum("...d,...d->...", c, c)[..., None] / s.shape[-1] + _EPS) + β


def _attend(x, y, w, name, h, mask):
    (b, t, d), u = x.shape, y.shape[1]
    A = {n: (w[f"{name}.w_{n}.weight"], w[f"{name}.w_{n}.bias"]) for n in "qkvo"}
    f = lambda z, n: z @ A[n][0].T + A[n][1]
    block = np.kron(np.eye(h), np.ones((1, d // h)))
    Q = (f(x, "q")[:, None] * block[None, :, None, :]).reshape(b, h * t, d)
    S = (Q @ f(y, "k").transpose(0, 2, 1) / np.sqrt(d // h)).reshape(b, h, t, u)
    M = np.ones((), bool) if mask is None else mask
    S = np.where(M, S, -1e15)
    L = S - np.logaddexp.reduce(S, axis=-1, keepdims=True)
    W = np.exp(L).reshape(b, h * t, u) @ f(y, "v")
    O = (W.reshape(b, h, t, d) * block[None, :, None, :]).sum(1)
    return f(O, "o")


def decoder_layer(x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    w = weights
    N = lambda s, i: _norm(s, w[f"residual{i}.norm.gamma"], w[f"residual{i}.norm.beta"])
    h = N(x + _attend(x, x, w, "self_attention", num_heads, tgt_mask), 1)
    c = N(h + _attend(h, memory, w, "cross_attention", num_heads, memory_mask), 2)
    z = c @ w["feed_forward.linear1.weight"].T + w["feed_forward.linear1.bias"]
    return N(c + z.clip(0) @ w["feed_forward.linear2.weight"].T + w["feed_forward.linear2.bias"], 3)


def decoder(x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
    match layers:
        case []:
            return x
        case [*lower, top]:
            below = decoder(x, memory, lower, num_heads, tgt_mask, memory_mask)
            return decoder_layer(below, memory, top, num_heads, tgt_mask, memory_mask)
