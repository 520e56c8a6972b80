"""The steps of `misconceptions.decoder` as the modules of the PyTorch wing."""

from typing import Any

import torch
from torch import nn

from transformer_ref.in_torch.attention import MultiHeadAttention
from transformer_ref.in_torch.feed_forward import FeedForward
from transformer_ref.in_torch.layer_norm import LayerNorm, ResidualConnection

PARTS = {
    "MultiHeadAttention": MultiHeadAttention,
    "FeedForward": FeedForward,
    "ResidualConnection": ResidualConnection,
    "LayerNorm": LayerNorm,
}


def modules(steps: type) -> dict[str, Any]:
    """Return the unit's nn.Modules, computing with a class of steps; their parts only hold the parameters."""

    class DecoderLayer(nn.Module):
        def __init__(self, d_model, num_heads, d_ff, dropout=0.1):
            super().__init__()
            own = steps(torch)
            own.parameters(self, PARTS, d_model, num_heads, d_ff)
            self.num_heads, self.dropout = num_heads, own.rate_of_layer(dropout)

        def forward(self, x, memory, tgt_mask=None, memory_mask=None):
            own = steps(torch, self.dropout, self.training)
            return own.decoder_layer(x, memory, dict(self.named_parameters()), self.num_heads, tgt_mask, memory_mask)

    class Decoder(nn.Module):
        layers: nn.ModuleList

        def __init__(self, num_layers, d_model, num_heads, d_ff, dropout=0.1):
            super().__init__()
            own = steps(torch)
            own.stack(self, PARTS, lambda: DecoderLayer(d_model, num_heads, d_ff, dropout), num_layers, d_model)
            self.num_heads, self.dropout = num_heads, own.rate_of_stack(dropout)

        def forward(self, x, memory, tgt_mask=None, memory_mask=None):
            own = steps(torch, self.dropout, self.training)
            layers = [dict(layer.named_parameters()) for layer in self.layers]
            return own.decoder(x, memory, layers, self.num_heads, tgt_mask, memory_mask)

    return {"DecoderLayer": DecoderLayer, "Decoder": Decoder}
