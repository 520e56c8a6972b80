"""Sublayers as objects with forward and backward, weights as a filtered dict; memory gradient accumulates in a list."""

from abc import ABC, abstractmethod
import numpy as np
from autograder import blocks as b


class Sublayer(ABC):
    def __init__(self, weights, prefix):
        self.prefix = prefix
        n = len(prefix)
        self.w = {k[n:]: v for k, v in weights.items() if k[:n] == prefix}

    @abstractmethod
    def forward(self, x): ...

    @abstractmethod
    def backward(self, g): ...

    def named(self, grads):
        return {self.prefix + k: v for k, v in grads.items()}


class SelfAttention(Sublayer):
    def __init__(self, weights, prefix, h, mask):
        super().__init__(weights, prefix)
        self.h, self.mask = h, mask

    def forward(self, x):
        self.x = x
        return b.multi_head_attention(x, x, x, self.w, self.h, self.mask)[0]

    def backward(self, g):
        q, k, v, w = b.multi_head_attention_backward(g, self.x, self.x, self.x, self.w, self.h, self.mask)
        return q + k + v, self.named(w)


class CrossAttention(SelfAttention):
    def __init__(self, *args, memory):
        super().__init__(*args)
        self.memory, self.to_memory = memory, []

    def forward(self, x):
        self.x = x
        return b.multi_head_attention(x, self.memory, self.memory, self.w, self.h, self.mask)[0]

    def backward(self, g):
        q, *kv, w = b.multi_head_attention_backward(g, self.x, self.memory, self.memory, self.w, self.h, self.mask)
        self.to_memory += kv
        return q, self.named(w)


class FFN(Sublayer):
    def forward(self, x):
        self.x = x
        return b.feed_forward(x, self.w)

    def backward(self, g):
        dx, w = b.feed_forward_backward(g, self.x, self.w)
        return dx, self.named(w)


class Norm(Sublayer):
    def forward(self, x):
        self.x = x
        return b.layer_norm(x, **self.w)

    def backward(self, g):
        dx, dg, db = b.layer_norm_backward(g, self.x, self.w["gamma"])
        return dx, self.named({"gamma": dg, "beta": db})


def build(memory, weights, num_heads, tgt_mask, memory_mask):
    cross = CrossAttention(weights, "cross_attention.", num_heads, memory_mask, memory=memory)
    subs = [SelfAttention(weights, "self_attention.", num_heads, tgt_mask), cross, FFN(weights, "feed_forward.")]
    return [(s, Norm(weights, f"residual{i}.norm.")) for i, s in enumerate(subs, 1)], cross


def run(x, subs):
    for s, n in subs:
        x = n.forward(x + s.forward(x))
    return x


def decoder_layer(x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    return run(x, build(memory, weights, num_heads, tgt_mask, memory_mask)[0])


def decoder(x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
    stack = [pair for w in layers for pair in build(memory, w, num_heads, tgt_mask, memory_mask)[0]]
    return run(x, stack)


def decoder_layer_backward(grad_output, x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    subs, cross = build(memory, weights, num_heads, tgt_mask, memory_mask)
    run(x, subs)
    grads, g = {}, grad_output
    for s, n in reversed(subs):
        g, gn = n.backward(g)
        gs, gw = s.backward(g)
        g = g + gs
        grads = {**grads, **gn, **gw}
    return g, np.sum(cross.to_memory, axis=0), grads
