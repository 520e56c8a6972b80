# %%
from torch import nn

from autograder.blocks import (
    FeedForward,
    MultiHeadAttention,
    ResidualConnection,
    feed_forward,
    feed_forward_backward,
    layer_norm,
    layer_norm_backward,
    multi_head_attention,
    multi_head_attention_backward,
)


# %%
def sub(weights, prefix):
    n = len(prefix) + 1
    return {name[n:]: w for name, w in weights.items() if name.startswith(prefix + ".")}


def add_and_norm(x, y, weights, number):
    own = sub(weights, f"residual{number}.norm")
    return layer_norm(x + y, own["gamma"], own["beta"])


# %%
def decoder_layer(x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    y, _ = multi_head_attention(x, x, x, sub(weights, "self_attention"), num_heads, tgt_mask)
    x = add_and_norm(x, y, weights, 1)
    y, _ = multi_head_attention(x, memory, memory, sub(weights, "cross_attention"), num_heads, memory_mask)
    x = add_and_norm(x, y, weights, 2)
    return add_and_norm(x, feed_forward(x, sub(weights, "feed_forward")), weights, 3)


def decoder(x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
    for layer in layers:
        x = decoder_layer(x, memory, layer, num_heads, tgt_mask=tgt_mask, memory_mask=memory_mask)
    return x


# %%
def decoder_layer_backward(grad_output, x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    a, b, f = sub(weights, "self_attention"), sub(weights, "cross_attention"), sub(weights, "feed_forward")
    sum1 = x + multi_head_attention(x, x, x, a, num_heads, tgt_mask)[0]
    h = layer_norm(sum1, weights["residual1.norm.gamma"], weights["residual1.norm.beta"])
    sum2 = h + multi_head_attention(h, memory, memory, b, num_heads, memory_mask)[0]
    c = layer_norm(sum2, weights["residual2.norm.gamma"], weights["residual2.norm.beta"])
    sum3 = c + feed_forward(c, f)

    d3, dg3, db3 = layer_norm_backward(grad_output, sum3, weights["residual3.norm.gamma"])
    dc, df = feed_forward_backward(d3, c, f)
    dc = dc + d3
    d2, dg2, db2 = layer_norm_backward(dc, sum2, weights["residual2.norm.gamma"])
    dh, dk, dv, db = multi_head_attention_backward(d2, h, memory, memory, b, num_heads, memory_mask)
    dh = dh + d2
    d1, dg1, db1 = layer_norm_backward(dh, sum1, weights["residual1.norm.gamma"])
    dq, dk1, dv1, da = multi_head_attention_backward(d1, x, x, x, a, num_heads, tgt_mask)
    grads = {"residual1.norm.gamma": dg1, "residual1.norm.beta": db1}
    grads.update({"residual2.norm.gamma": dg2, "residual2.norm.beta": db2})
    grads.update({"residual3.norm.gamma": dg3, "residual3.norm.beta": db3})
    grads.update({"self_attention." + k: v for k, v in da.items()})
    grads.update({"cross_attention." + k: v for k, v in db.items()})
    grads.update({"feed_forward." + k: v for k, v in df.items()})
    return d1 + dq + dk1 + dv1, dk + dv, grads


# %%
class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.residual1 = ResidualConnection(d_model, dropout)
        self.residual2 = ResidualConnection(d_model, dropout)
        self.residual3 = ResidualConnection(d_model, dropout)

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        x = self.residual1(x, lambda y: self.self_attention(y, y, y, tgt_mask)[0])
        x = self.residual2(x, lambda y: self.cross_attention(y, memory, memory, memory_mask)[0])
        return self.residual3(x, self.feed_forward)


# %%
class Decoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.layers = nn.ModuleList([DecoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers)])

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        for layer in self.layers:
            x = layer(x, memory, tgt_mask, memory_mask)
        return x
