from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(eq=False)
class ScaledDotProductAttention(nn.Module):
    dropout: float = 0.0

    def __post_init__(self) -> None:
        super().__init__()

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        scores = torch.einsum("...qd,...kd->...qk", q, k) / torch.tensor(q.shape[-1], dtype=q.dtype).sqrt()
        if mask is not None:
            scores = scores.masked_fill(mask.logical_not(), torch.finfo(torch.float32).min)
        weights = scores.softmax(dim=-1, dtype=scores.dtype)
        return torch.dropout(weights, self.dropout, self.training) @ v, weights
