"""The residual connections are used by their parts; the weights of the attentions are kept to look at."""

import torch
from torch import Tensor, nn

from autograder.blocks import FeedForward, MultiHeadAttention, ResidualConnection


class DecoderLayer(nn.Module):
    """One layer."""

    def __init__(self, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super(DecoderLayer, self).__init__()
        for name in ("self_attention", "cross_attention"):
            setattr(self, name, MultiHeadAttention(d_model, num_heads))
        self.add_module("feed_forward", FeedForward(d_model, d_ff))
        for i in range(1, 4):
            self.add_module(f"residual{i}", ResidualConnection(d_model, dropout=dropout))
        self.weights: dict[str, Tensor] = {}

    def forward(self, x: Tensor, memory: Tensor, tgt_mask: Tensor | None = None, memory_mask: Tensor | None = None):
        out, self.weights["self"] = self.self_attention(q=x, k=x, v=x, mask=tgt_mask)
        x = self.residual1.norm(x + self.residual1.dropout(out))
        out, self.weights["cross"] = self.cross_attention(q=x, k=memory, v=memory, mask=memory_mask)
        x = self.residual2.norm(x + self.residual2.dropout(out))
        out = self.feed_forward(x)
        return self.residual3.norm(torch.add(x, self.residual3.dropout(out)))


class Decoder(nn.Module):
    def __init__(self, num_layers: int, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        sizes = dict(d_model=d_model, num_heads=num_heads, d_ff=d_ff, dropout=dropout)
        self.layers = nn.ModuleList(DecoderLayer(**sizes) for _ in range(num_layers))
        self.states = []

    def forward(self, x: Tensor, memory: Tensor, tgt_mask=None, memory_mask=None) -> Tensor:
        self.states = [x]
        for i in range(len(self.layers)):
            self.states.append(self.layers[i](self.states[-1], memory, tgt_mask=tgt_mask, memory_mask=memory_mask))
        return self.states[-1]
