"""Positional encoding, section 3.5 of Vaswani et al. (2017), in PyTorch."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class PositionalEncoding(nn.Module):
    """x + PE, PE(pos, 2i) = sin(pos / 10000^(2i / d_model)), PE(pos, 2i + 1) = cos(…), with dropout on the sum (5.4).

    The table has `max_len` rows; it is computed in float64, moves with the module, and is not trained.
    """

    table: Float[Tensor, "max_len d_model"]

    def __init__(self, d_model: int, max_len: int = 5000, dropout: float = 0.1) -> None:
        super().__init__()
        positions = torch.arange(max_len, dtype=torch.float64)[:, None]
        angles = positions / 10000 ** (torch.arange(0, d_model, 2, dtype=torch.float64) / d_model)
        self.register_buffer("table", torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Float[Tensor, "batch tokens d_model"]) -> Float[Tensor, "batch tokens d_model"]:
        """Add row t of the table to token t. Raises ValueError for more than `max_len` tokens."""
        tokens = x.shape[1]
        if tokens > len(self.table):
            raise ValueError(f"{tokens} tokens, but there are encodings for max_len = {len(self.table)} positions only")
        return self.dropout(x + self.table[:tokens].to(x.dtype))
