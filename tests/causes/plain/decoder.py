from torch import nn

from autograder.blocks import (
    FeedForward,
    MultiHeadAttention,
    ResidualConnection,
    feed_forward,
    layer_norm,
    multi_head_attention,
)


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
        x = self.residual1(x, lambda x: self.self_attention(x, x, x, tgt_mask)[0])
        x = self.residual2(x, lambda x: self.cross_attention(x, memory, memory, memory_mask)[0])
        return self.residual3(x, self.feed_forward)


class Decoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers))

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        for layer in self.layers:
            x = layer(x, memory, tgt_mask, memory_mask)
        return x


def part(weights, name):
    return {key[len(name) + 1 :]: entry for key, entry in weights.items() if key.startswith(name + ".")}


def decoder_layer(x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
    own, across = part(weights, "self_attention"), part(weights, "cross_attention")
    seen, _ = multi_head_attention(x, x, x, own, num_heads, tgt_mask)
    h = layer_norm(x + seen, **part(weights, "residual1.norm"))
    read, _ = multi_head_attention(h, memory, memory, across, num_heads, memory_mask)
    c = layer_norm(h + read, **part(weights, "residual2.norm"))
    thought = feed_forward(c, part(weights, "feed_forward"))
    return layer_norm(c + thought, **part(weights, "residual3.norm"))
