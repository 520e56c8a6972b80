import math, torch
from torch import nn
import torch.nn.functional as F
from autograder.blocks import MultiHeadAttention, FeedForward, ResidualConnection


class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
        super().__init__()
        self.self_attention, self.cross_attention = (MultiHeadAttention(d_model, num_heads, dropout) for _ in range(2))
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.residual1, self.residual2, self.residual3 = (ResidualConnection(d_model, dropout) for _ in range(3))

    def forward(self, x, memory, tgt_mask=None, memory_mask=None):
        r1, r2, r3 = self.residual1, self.residual2, self.residual3
        x = r1(x, lambda x: self.self_attention(x, x, x, tgt_mask)[0])
        x = r1(x, lambda x: self.cross_attention(x, memory, memory, memory_mask)[0])
        return r1(x, self.feed_forward)
