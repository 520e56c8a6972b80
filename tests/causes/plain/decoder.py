from torch import nn

from autograder.blocks import FeedForward, MultiHeadAttention, ResidualConnection


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
