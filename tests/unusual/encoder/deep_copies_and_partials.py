"""The layers are copies of one prototype, and the stack is a reduction."""

from copy import deepcopy
from functools import partial, reduce

from torch import nn

from autograder.blocks import FeedForward, MultiHeadAttention, ResidualConnection


class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads)
        self.feed_forward = FeedForward(d_model, d_ff)
        for i in (1, 2):
            setattr(self, f"residual{i}", ResidualConnection(d_model, dropout=dropout))

    def attend(self, x, mask):
        output, _ = self.self_attention(q=x, k=x, v=x, mask=mask)
        return output

    def forward(self, x, mask=None):
        return self.residual2(self.residual1(x, partial(self.attend, mask=mask)), sublayer=self.feed_forward)


class Encoder(nn.Module):
    def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        prototype = EncoderLayer(d_model, num_heads, d_ff, dropout)
        self.layers = nn.ModuleList([deepcopy(prototype) for _ in range(num_layers)])

    def forward(self, x, mask=None):
        return reduce(lambda h, layer: layer(h, mask), self.layers, x)
