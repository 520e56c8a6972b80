"""A list of steps is walked forwards, then backwards; gradients collect in a defaultdict."""

from collections import defaultdict

import numpy as np

from autograder.blocks import (
    feed_forward,
    feed_forward_backward,
    layer_norm,
    layer_norm_backward,
    multi_head_attention,
    multi_head_attention_backward,
)

NAMES = ["self_attention", "cross_attention", "feed_forward"]


class Sub(dict):
    def __init__(self, weights, name):
        super().__init__((k.replace(name + ".", "", 1), v) for k, v in weights.items() if k.startswith(name + "."))


def run(x, memory, weights, num_heads, masks):
    tape = []
    for number, name in enumerate(NAMES, 1):
        w = Sub(weights, name)
        if name == "feed_forward":
            y = feed_forward(x, w)
        else:
            kv = memory if name.startswith("cross") else x
            y, _ = multi_head_attention(x, kv, kv, w, num_heads, masks[number - 1])
        total = np.add(x, y)
        tape.append((number, name, x, total))
        x = layer_norm(total, weights[f"residual{number}.norm.gamma"], weights[f"residual{number}.norm.beta"])
    return x, tape


def decoder_layer(x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    return run(x, memory, weights, num_heads, (tgt_mask, memory_mask))[0]


def decoder(x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
    output = np.copy(x)
    for number in range(len(layers)):
        output[...] = decoder_layer(output, memory, layers[number], num_heads, tgt_mask, memory_mask)
    return output


def decoder_layer_backward(grad_output, x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    masks = (tgt_mask, memory_mask)
    _, tape = run(x, memory, weights, num_heads, masks)
    grads, grad_memory, g = defaultdict(float), np.zeros_like(memory), grad_output
    for number, name, state, total in reversed(tape):
        norm = f"residual{number}.norm."
        g, grads[norm + "gamma"], grads[norm + "beta"] = layer_norm_backward(g, total, weights[norm + "gamma"])
        if name == "feed_forward":
            through, own = feed_forward_backward(g, state, Sub(weights, name))
        else:
            kv = memory if name == "cross_attention" else state
            through, dk, dv, own = multi_head_attention_backward(
                g, state, kv, kv, Sub(weights, name), num_heads, masks[number - 1]
            )
            if name == "cross_attention":
                grad_memory += dk
                grad_memory += dv
            else:
                through = through + dk + dv
        for key in own:
            grads[f"{name}.{key}"] = grads[f"{name}.{key}"] + own[key]
        g = g + through
    return g, grad_memory, {key: grads[key] for key in weights}
