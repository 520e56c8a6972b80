"""A tape of closures that is played backwards; the results are a list."""

import numpy as np

from autograder import blocks


def encoder_layer_backward(grad_output, x, weights, num_heads, mask=None):
    tape, grads = [], {}
    sub = lambda name: {k.removeprefix(name + "."): v for k, v in weights.items() if k.startswith(name + ".")}

    def attention_back(g, x):
        q, k, v, own = blocks.multi_head_attention_backward(
            g, x, x, x, sub("self_attention"), num_heads=num_heads, mask=mask
        )
        grads.update({f"self_attention.{n}": a for n, a in own.items()})
        return np.sum([q, k, v], axis=0)

    def ffn_back(g, x):
        dx, own = blocks.feed_forward_backward(g, x, sub("feed_forward"))
        grads.update({f"feed_forward.{n}": a for n, a in own.items()})
        return dx

    forward = [
        (lambda x: blocks.multi_head_attention(x, x, x, sub("self_attention"), num_heads, mask)[0], attention_back),
        (lambda x: blocks.feed_forward(x, sub("feed_forward")), ffn_back),
    ]
    for number, (run, back) in enumerate(forward, 1):
        norm = sub(f"residual{number}.norm")
        total = x + run(x)
        tape.append((number, back, x, total, norm["gamma"]))
        x = blocks.layer_norm(total, norm["gamma"], norm["beta"])

    g = grad_output
    for number, back, x, total, gamma in reversed(tape):
        g, dgamma, dbeta = blocks.layer_norm_backward(g, total, gamma)
        grads[f"residual{number}.norm.gamma"], grads[f"residual{number}.norm.beta"] = dgamma, dbeta
        g = g + back(g, x)
    return [g, grads]
