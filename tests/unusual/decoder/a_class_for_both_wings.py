# %% a class of my own behind the functions
import numpy as np
from torch import nn

from autograder import blocks


class Layer:
    def __init__(self, weights, num_heads):
        self.parts = {}
        for name, array in weights.items():
            part, _, rest = name.rpartition(".")
            owner, _, inner = part.partition(".")
            self.parts.setdefault(owner, {})[f"{inner}.{rest}"] = array
        self.num_heads = num_heads

    def norm(self, number, x):
        own = self.parts[f"residual{number}"]
        return blocks.layer_norm(x, own["norm.gamma"], own["norm.beta"])

    def __call__(self, x, memory, tgt_mask, memory_mask):
        y = blocks.multi_head_attention(x, x, x, self.parts["self_attention"], self.num_heads, tgt_mask)[0]
        x = self.norm(1, x + y)
        y = blocks.multi_head_attention(x, memory, memory, self.parts["cross_attention"], self.num_heads, memory_mask)[
            0
        ]
        x = self.norm(2, x + y)
        return self.norm(3, x + blocks.feed_forward(x, self.parts["feed_forward"]))


# %%
def decoder_layer(x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    return Layer(weights, num_heads)(x, memory, tgt_mask, memory_mask)


def decoder(x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
    for layer in [Layer(weights, num_heads) for weights in layers]:
        x = layer(x, memory, tgt_mask, memory_mask)
    return x


# %%
class Base(nn.Module):
    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        for step in self.steps():
            x = step(x, memory, tgt_mask, memory_mask)
        return x


class DecoderLayer(Base):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.cross_attention = blocks.MultiHeadAttention(d_model, num_heads, dropout)
        self.self_attention = blocks.MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = blocks.FeedForward(d_model, d_ff, dropout)
        self.residual3 = blocks.ResidualConnection(d_model, dropout)
        self.residual2 = blocks.ResidualConnection(d_model, dropout)
        self.residual1 = blocks.ResidualConnection(d_model, dropout)

    def steps(self):
        yield self.look_at_the_target
        yield self.look_at_the_source
        yield self.think

    def look_at_the_target(self, x, memory, tgt_mask, memory_mask):
        def sublayer(x):
            output, _ = self.self_attention(x, x, x, tgt_mask)
            return output

        return self.residual1(x, sublayer)

    def look_at_the_source(self, x, memory, tgt_mask, memory_mask):
        def sublayer(query):
            output, _ = self.cross_attention(query, memory, memory, memory_mask)
            return output

        return self.residual2(x, sublayer)

    def think(self, x, memory, tgt_mask, memory_mask):
        return self.residual3(x, self.feed_forward)


class Decoder(Base):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(d_model, num_heads, d_ff, dropout) for _ in np.arange(num_layers))

    def steps(self):
        return self.layers
