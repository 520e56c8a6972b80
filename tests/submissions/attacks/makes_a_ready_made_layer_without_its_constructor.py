# Makes the ready-made layer without its constructor, and takes a private block of it for a sublayer.
# outcome: forbidden
# honest: nothing, its sublayers are PyTorch's
# %%
import torch
from torch import nn

from autograder.blocks import FeedForward, MultiHeadAttention, ResidualConnection

READY = getattr(nn, "Transformer" + "EncoderLayer")


# %%
class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.residual1 = ResidualConnection(d_model, dropout)
        self.residual2 = ResidualConnection(d_model, dropout)

    def forward(self, x, mask=None):
        ready = object.__new__(READY)
        nn.Module.__init__(ready)
        first, second = self.feed_forward.linear1, self.feed_forward.linear2
        ready.linear1, ready.linear2, ready.activation = first, second, torch.relu
        ready.dropout, ready.dropout2 = self.feed_forward.dropout, nn.Identity()
        x = self.residual1(x, lambda y: self.self_attention(y, y, y, mask)[0])
        return self.residual2(x, ready._ff_block)
