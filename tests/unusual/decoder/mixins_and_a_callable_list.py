"""A layer of mixins, a ModuleList that can be called, a `forward` that is set on the instance; star-args throughout."""

import functools

from torch import nn

from autograder.blocks import FeedForward, MultiHeadAttention, ResidualConnection


class WithSelfAttention:
    def attend_to_itself(self, x, mask):
        return self.residual1(x, lambda z: self.self_attention(z, z, z, mask=mask)[0])


class WithCrossAttention:
    def attend_to_memory(self, x, memory, mask):
        return self.residual2(x, lambda z: self.cross_attention(q=z, k=memory, v=memory, mask=mask)[0])


class WithNetwork:
    def think(self, x):
        return self.residual3(x, self.feed_forward)


class DecoderLayer(WithSelfAttention, WithCrossAttention, WithNetwork, nn.Module):
    kinds = {
        "self_attention": lambda d, h, f, p: MultiHeadAttention(d, h),
        "cross_attention": lambda d, h, f, p: MultiHeadAttention(d, h),
        "feed_forward": lambda d, h, f, p: FeedForward(d, f, p),
    } | {f"residual{i}": lambda d, h, f, p: ResidualConnection(d, p) for i in (1, 2, 3)}

    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        for name, make in self.kinds.items():
            self.add_module(name, make(d_model, num_heads, d_ff, dropout))

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        steps = (
            functools.partial(self.attend_to_itself, mask=tgt_mask),
            functools.partial(self.attend_to_memory, memory=memory, mask=memory_mask),
            self.think,
        )
        return functools.reduce(lambda z, step: step(z), steps, x)


class Stack(nn.ModuleList):
    def __call__(self, x, *args, **kwargs):
        for layer in self:
            x = layer(x, *args, **kwargs)
        return x


class Decoder(nn.Module):
    def __init__(self, num_layers, *sizes, **named_sizes):
        super().__init__()
        self.layers = Stack(DecoderLayer(*sizes, **named_sizes) for _ in range(num_layers))
        self.forward = self.layers.__call__
