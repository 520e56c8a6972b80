"""A backward pass of closures: every step returns its value and the function that pulls a gradient back."""

import numpy as np

from autograder.blocks import feed_forward_backward, layer_norm_backward
from autograder.blocks import feed_forward as network
from autograder.blocks import layer_norm as norm


def pick(weights, prefix):
    n = len(prefix)
    return {k[n:]: v for k, v in weights.items() if k.startswith(prefix)}


def affine(x, W, b):
    def pull(g):
        rows, cols = g.reshape(-1, g.shape[-1]), x.reshape(-1, x.shape[-1])
        return g @ W, rows.T @ cols, rows.sum(0)

    return x @ W.T + b, pull


def attend(x, w, h, mask):
    b, t, d = x.shape
    split = lambda y: y.reshape(b, t, h, d // h).transpose(0, 2, 1, 3)
    join = lambda y: y.transpose(0, 2, 1, 3).reshape(b, t, d)
    (q, pull_q), (k, pull_k), (v, pull_v) = (affine(x, w[f"w_{n}.weight"], w[f"w_{n}.bias"]) for n in "qkv")
    q, k, v = split(q), split(k), split(v)
    c = (d // h) ** -0.5
    s = c * q @ k.swapaxes(2, 3)
    s = s if mask is None else np.where(mask, s, -1e30)
    p = np.exp(s - s.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    y, pull_o = affine(join(p @ v), w["w_o.weight"], w["w_o.bias"])

    def pull(g):
        grads = {}
        g, grads["w_o.weight"], grads["w_o.bias"] = pull_o(g)
        g = split(g)
        gp = g @ v.swapaxes(2, 3)
        gs = p * (gp - (gp * p).sum(-1, keepdims=True)) * c
        total = 0
        for n, back, gn in (
            ("q", pull_q, gs @ k),
            ("k", pull_k, gs.swapaxes(2, 3) @ q),
            ("v", pull_v, p.swapaxes(2, 3) @ g),
        ):
            gx, grads[f"w_{n}.weight"], grads[f"w_{n}.bias"] = back(join(gn))
            total = total + gx
        return total, grads

    return y, pull


def add_norm(x, y, w):
    s = x + y

    def pull(g):
        gs, gamma, beta = layer_norm_backward(g, s, w["gamma"])
        return gs, {"gamma": gamma, "beta": beta}

    return norm(s, w["gamma"], w["beta"]), pull


def pass_through(x, weights, num_heads, mask):
    w = {n: pick(weights, n + ".") for n in ("self_attention", "feed_forward", "residual1.norm", "residual2.norm")}
    a, pull_a = attend(x, w["self_attention"], num_heads, mask)
    h, pull_1 = add_norm(x, a, w["residual1.norm"])
    y, pull_2 = add_norm(h, network(h, w["feed_forward"]), w["residual2.norm"])

    def pull(g):
        found = {}
        g, found["residual2.norm"] = pull_2(g)
        through, found["feed_forward"] = feed_forward_backward(g, h, w["feed_forward"])
        g, found["residual1.norm"] = pull_1(g + through)
        through, found["self_attention"] = pull_a(g)
        flat = {f"{n}.{k}": v for n, part in found.items() for k, v in part.items()}
        return g + through, {k: flat[k] for k in weights if k in flat}

    return y, pull


def encoder_layer(x, weights, num_heads, mask=None):
    return pass_through(x, weights, num_heads, mask)[0]


def encoder_layer_backward(grad_output, x, weights, num_heads, mask=None):
    return pass_through(x, weights, num_heads, mask)[1](grad_output)
