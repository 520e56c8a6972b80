"""Layer normalization and the residual connection (sections 3.1 and 5.4 of Vaswani et al., 2017), in PyTorch."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn


class LayerNorm(nn.Module):
    """LayerNorm(x) = γ (x - μ) / √(σ² + ε) + β, with the mean μ and the biased variance σ² of the last axis."""

    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(d_model))
        self.beta = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x: Float[Tensor, "*leading d_model"]) -> Float[Tensor, "*leading d_model"]:
        """Normalise every position on its own."""
        centred = x - x.mean(dim=-1, keepdim=True)
        variance = centred.square().mean(dim=-1, keepdim=True)
        return self.gamma * centred / torch.sqrt(variance + self.eps) + self.beta


class ResidualConnection(nn.Module):
    """LayerNorm(x + Dropout(Sublayer(x)))   (section 5.4): the sum is normalised, not the sublayer."""

    def __init__(self, d_model: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.norm = LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: Float[Tensor, "*leading d_model"], sublayer: Callable[[Tensor], Tensor]
    ) -> Float[Tensor, "*leading d_model"]:
        """Call `sublayer` once on x, and add what it returns."""
        return self.norm(x + self.dropout(sublayer(x)))
