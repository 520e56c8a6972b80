"""Split over cells; the layer is an object behind a function."""

# %% imports
from functools import reduce

import numpy as np

from autograder.blocks import (
    feed_forward,
    feed_forward_backward,
    layer_norm,
    layer_norm_backward,
    multi_head_attention,
    multi_head_attention_backward,
)


# %% a helper
def part(weights, name):
    return {key.split(".", 1)[1]: value for key, value in weights.items() if key.split(".", 1)[0] == name}


# %% a class of one's own
class Layer:
    def __init__(self, weights, num_heads, mask):
        self.attention = part(weights, "self_attention")
        self.ffn = part(weights, "feed_forward")
        self.norms = [part(part(weights, f"residual{i}"), "norm") for i in (1, 2)]
        self.num_heads, self.mask = num_heads, mask

    def forward(self, x):
        self.x = x
        self.sum1 = x + multi_head_attention(x, x, x, self.attention, self.num_heads, self.mask)[0]
        self.h = layer_norm(self.sum1, self.norms[0]["gamma"], self.norms[0]["beta"])
        self.sum2 = self.h + feed_forward(self.h, self.ffn)
        return layer_norm(self.sum2, self.norms[1]["gamma"], self.norms[1]["beta"])

    def backward(self, g):
        grads = {}
        g, grads["residual2.norm.gamma"], grads["residual2.norm.beta"] = layer_norm_backward(
            g, self.sum2, self.norms[1]["gamma"]
        )
        gf, ffn = feed_forward_backward(g, self.h, self.ffn)
        grads.update(("feed_forward." + k, v) for k, v in ffn.items())
        g, grads["residual1.norm.gamma"], grads["residual1.norm.beta"] = layer_norm_backward(
            g + gf, self.sum1, self.norms[0]["gamma"]
        )
        gq, gk, gv, own = multi_head_attention_backward(
            g, self.x, self.x, self.x, self.attention, self.num_heads, self.mask
        )
        grads.update(("self_attention." + k, v) for k, v in own.items())
        return g + gq + gk + gv, grads


# %%
def encoder_layer(x, weights, num_heads, mask=None):
    return Layer(weights, num_heads, mask).forward(x)


# %%
def encoder(x, layers, num_heads, mask=None):
    return reduce(lambda y, w: encoder_layer(y, w, num_heads, mask), layers, np.asarray(x))


# %%
def encoder_layer_backward(grad_output, x, weights, num_heads, mask=None):
    layer = Layer(weights, num_heads, mask)
    layer.forward(x)
    return layer.backward(grad_output)
