"""A graph of nodes in topological order, with accumulated gradients; only the blocks' small backward passes."""

from collections import defaultdict

import numpy as np

from autograder import blocks


def sub(weights, name):
    return {k[len(name) + 1 :]: v for k, v in weights.items() if k.startswith(name + ".")}


def rows(a):
    return a.reshape(-1, a.shape[-1])


class Graph:
    def __init__(self, weights, heads):
        self.weights, self.heads, self.values, self.tape = weights, heads, {}, []
        self.grads, self.of_weights = defaultdict(float), defaultdict(float)

    def put(self, name, value, pull):
        self.values[name] = value
        self.tape.append((name, pull))
        return name

    def linear(self, x, module, out):
        W, b, X = self.weights[module + ".weight"], self.weights[module + ".bias"], self.values[x]

        def pull(g):
            self.of_weights[module + ".weight"] += rows(g).T @ rows(X)
            self.of_weights[module + ".bias"] += rows(g).sum(0)
            self.grads[x] = self.grads[x] + g @ W

        return self.put(out, X @ W.T + b, pull)

    def attend(self, q, kv, module, mask):
        q, k, v = (self.linear(z, f"{module}.w_{n}", f"{module}.{n}") for z, n in ((q, "q"), (kv, "k"), (kv, "v")))
        b, t, d = self.values[q].shape
        split = lambda z: z.reshape(b, -1, self.heads, d // self.heads).swapaxes(1, 2)
        join = lambda z: z.swapaxes(1, 2).reshape(b, -1, d)
        Q, K, V = (split(self.values[z]) for z in (q, k, v))
        out, _ = blocks.scaled_dot_product_attention(Q, K, V, mask)

        def pull(g):
            for z, gz in zip((q, k, v), blocks.scaled_dot_product_attention_backward(split(g), Q, K, V, mask)):
                self.grads[z] = self.grads[z] + join(gz)

        return self.linear(self.put(module + ".joined", join(out), pull), module + ".w_o", module)

    def relu(self, x):
        X = self.values[x]

        def pull(g):
            self.grads[x] = self.grads[x] + g * (X > 0)

        return self.put(x + "+", X * (X > 0), pull)

    def add_norm(self, x, y, module):
        s = self.values[x] + self.values[y]
        gamma, beta = self.weights[module + ".norm.gamma"], self.weights[module + ".norm.beta"]

        def pull(g):
            g, *rest = blocks.layer_norm_backward(g, s, gamma)
            for n, part in zip(("gamma", "beta"), rest):
                self.of_weights[f"{module}.norm.{n}"] += part
            for z in (x, y):
                self.grads[z] = self.grads[z] + g

        return self.put(module, blocks.layer_norm(s, gamma, beta), pull)

    def back(self, end, g):
        self.grads[end] = g
        for name, pull in reversed(self.tape):
            pull(self.grads[name])


def record(x, memory, weights, num_heads, tgt_mask, memory_mask):
    g = Graph(weights, num_heads)
    g.values.update(x=x, memory=memory)
    h = g.add_norm("x", g.attend("x", "x", "self_attention", tgt_mask), "residual1")
    c = g.add_norm(h, g.attend(h, "memory", "cross_attention", memory_mask), "residual2")
    f = g.linear(g.relu(g.linear(c, "feed_forward.linear1", "hidden")), "feed_forward.linear2", "network")
    return g, g.add_norm(c, f, "residual3")


def decoder_layer(x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    graph, end = record(x, memory, weights, num_heads, tgt_mask, memory_mask)
    return graph.values[end]


def decoder_layer_backward(grad_output, x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    graph, end = record(x, memory, weights, num_heads, tgt_mask, memory_mask)
    graph.back(end, grad_output)
    return graph.grads["x"], graph.grads["memory"], dict(graph.of_weights)
