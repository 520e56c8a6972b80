"""Loops over the samples of the batch, each with its own slice of every mask."""

import numpy as np

from autograder.blocks import feed_forward, layer_norm, multi_head_attention, multi_head_attention_backward
from autograder.blocks import feed_forward_backward as ffb
from autograder.blocks import layer_norm_backward as lnb


def pick(weights, start):
    return {k[len(start) :]: v for k, v in weights.items() if k.startswith(start)}


def full(mask, batch, heads, rows, columns):
    return np.broadcast_to(True if mask is None else mask, (batch, heads, rows, columns))


def decoder_layer(x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    B, T, S = len(x), x.shape[1], memory.shape[1]
    own, cross = full(tgt_mask, B, num_heads, T, T), full(memory_mask, B, num_heads, T, S)
    rows = []
    for b in range(B):
        y, m = x[b : b + 1], memory[b : b + 1]
        y = y + multi_head_attention(y, y, y, pick(weights, "self_attention."), num_heads, own[b : b + 1])[0]
        y = layer_norm(y, weights["residual1.norm.gamma"], weights["residual1.norm.beta"])
        y = y + multi_head_attention(y, m, m, pick(weights, "cross_attention."), num_heads, cross[b : b + 1])[0]
        y = layer_norm(y, weights["residual2.norm.gamma"], weights["residual2.norm.beta"])
        y = y + feed_forward(y, pick(weights, "feed_forward."))
        rows.append(layer_norm(y, weights["residual3.norm.gamma"], weights["residual3.norm.beta"]))
    return np.concatenate(rows)


def backward_of_one(g, x, m, w, heads, own, cross):
    A, C, F = pick(w, "self_attention."), pick(w, "cross_attention."), pick(w, "feed_forward.")
    s1 = x + multi_head_attention(x, x, x, A, heads, own)[0]
    h = layer_norm(s1, w["residual1.norm.gamma"], w["residual1.norm.beta"])
    s2 = h + multi_head_attention(h, m, m, C, heads, cross)[0]
    c = layer_norm(s2, w["residual2.norm.gamma"], w["residual2.norm.beta"])
    out = {}
    g, out["residual3.norm.gamma"], out["residual3.norm.beta"] = lnb(
        g, c + feed_forward(c, F), w["residual3.norm.gamma"]
    )
    gc, gF = ffb(g, c, F)
    g, out["residual2.norm.gamma"], out["residual2.norm.beta"] = lnb(g + gc, s2, w["residual2.norm.gamma"])
    gh, gk, gv, gC = multi_head_attention_backward(g, h, m, m, C, heads, cross)
    g, out["residual1.norm.gamma"], out["residual1.norm.beta"] = lnb(g + gh, s1, w["residual1.norm.gamma"])
    *gx, gA = multi_head_attention_backward(g, x, x, x, A, heads, own)
    for start, grads in (("self_attention.", gA), ("cross_attention.", gC), ("feed_forward.", gF)):
        out |= {start + k: v for k, v in grads.items()}
    return sum(gx, g), gk + gv, out


def decoder_layer_backward(grad_output, x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    B, T, S = len(x), x.shape[1], memory.shape[1]
    own, cross = full(tgt_mask, B, num_heads, T, T), full(memory_mask, B, num_heads, T, S)
    one = lambda a, b: a[b : b + 1]
    found = [
        backward_of_one(one(grad_output, b), one(x, b), one(memory, b), weights, num_heads, one(own, b), one(cross, b))
        for b in range(B)
    ]
    grad_x, grad_memory, grads = zip(*found)
    return [np.concatenate(grad_x), np.concatenate(grad_memory), {k: sum(g[k] for g in grads) for k in weights}]
