# Calls the ready-made layer's forward, kept from before the watch, on an object that was never constructed.
# outcome: forbidden
# honest: nothing, the whole layer is PyTorch's
# %%
import torch
from torch import nn

from autograder.blocks import FeedForward, MultiHeadAttention, ResidualConnection

READY = getattr(nn, "Transformer" + "EncoderLayer")
FORWARD = READY.forward


# %%
class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.residual1 = ResidualConnection(d_model, dropout)
        self.residual2 = ResidualConnection(d_model, dropout)

    def forward(self, x, mask=None):
        class Parts:
            training, norm_first = True, False
            activation_relu_or_gelu = 0
            norm1, norm2 = self.residual1.norm, self.residual2.norm
            self_attn = self.self_attention

            @staticmethod
            def _sa_block(x, *_, **__):
                return self.residual1.dropout(self.self_attention(x, x, x, mask)[0])

            @staticmethod
            def _ff_block(x):
                return self.residual2.dropout(self.feed_forward(x))

        return FORWARD(Parts(), x)
