from torch import nn

from autograder.blocks import (
    FeedForward,
    MultiHeadAttention,
    ResidualConnection,
    feed_forward,
    layer_norm,
    multi_head_attention,
)


class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.residual1 = ResidualConnection(d_model, dropout)
        self.residual2 = ResidualConnection(d_model, dropout)

    def forward(self, x, mask=None):
        x = self.residual1(x, lambda x: self.self_attention(x, x, x, mask)[0])
        return self.residual2(x, self.feed_forward)


class Encoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers))

    def forward(self, x, mask=None):
        for layer in self.layers:
            x = layer(x, mask)
        return x


def part(weights, name):
    return {key[len(name) + 1 :]: entry for key, entry in weights.items() if key.startswith(name + ".")}


def encoder_layer(x, weights, num_heads, mask=None):
    norm1, norm2 = part(weights, "residual1.norm"), part(weights, "residual2.norm")
    attended = multi_head_attention(x, x, x, part(weights, "self_attention"), num_heads, mask)[0]
    h = layer_norm(x + attended, norm1["gamma"], norm1["beta"])
    thought = feed_forward(h, part(weights, "feed_forward"))
    return layer_norm(h + thought, norm2["gamma"], norm2["beta"])
