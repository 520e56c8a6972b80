from copy import deepcopy
from functools import partial, reduce

from torch import nn

from autograder.blocks import FeedForward, MultiHeadAttention, ResidualConnection, feed_forward, layer_norm
from autograder.blocks import multi_head_attention as mha


def attention(name, mask, num_heads, weights, memory, x):
    own = {k.split(".", 1)[1]: w for k, w in weights.items() if k.split(".", 1)[0] == name}
    memory = x if memory is None else memory
    return mha(x, memory, memory, own, num_heads, mask)[0]


def network(weights, x):
    return feed_forward(x, {k[len("feed_forward.") :]: w for k, w in weights.items() if k[:13] == "feed_forward."})


def decoder_layer(x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    sublayers = [
        partial(attention, "self_attention", tgt_mask, num_heads, weights, None),
        partial(attention, "cross_attention", memory_mask, num_heads, weights, memory),
        partial(network, weights),
    ]
    for i, sublayer in enumerate(sublayers, start=1):
        x = layer_norm(sublayer(x) + x, *(weights[f"residual{i}.norm.{n}"] for n in ("gamma", "beta")))
    return x


decoder = lambda x, memory, layers, num_heads, tgt_mask=None, memory_mask=None: reduce(
    lambda x, w: decoder_layer(x, memory, w, num_heads, tgt_mask, memory_mask), layers, x
)


class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = deepcopy(self.self_attention)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.residual1, self.residual2, self.residual3 = [ResidualConnection(d_model, dropout) for _ in "123"]

    def look(self, attention, memory, mask, x):
        return attention(x, memory if memory is not None else x, x if memory is None else memory, mask)[0]

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        x = self.residual1(x, partial(self.look, self.self_attention, None, tgt_mask))
        x = self.residual2(x, partial(self.look, self.cross_attention, memory, memory_mask))
        return self.residual3(x, partial(self.feed_forward))


class Decoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        layer = DecoderLayer(d_model, num_heads, d_ff, dropout)
        self.layers = nn.ModuleList([deepcopy(layer) for _ in range(num_layers)])

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        return reduce(lambda x, layer: layer(x, memory, tgt_mask, memory_mask), self.layers, x)
