import math, torch
from torch import nn
import torch.nn.functional as F
from autograder.blocks import MultiHeadAttention, FeedForward, ResidualConnection


class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention, self.feed_forward = (
            MultiHeadAttention(d_model, num_heads, dropout),
            FeedForward(d_model, d_ff, dropout),
        )
        self.residual1, self.residual2 = (ResidualConnection(d_model, dropout) for _ in range(2))

    def forward(self, x, mask=None):
        n1, n2, drop = self.residual1.norm, self.residual2.norm, self.residual1.dropout
        x = drop(n1(x + self.self_attention(x, x, x, mask)[0]))
        return n2(x + drop(self.feed_forward(x)))
