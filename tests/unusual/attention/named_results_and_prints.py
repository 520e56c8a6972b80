from typing import NamedTuple, Optional

import numpy as np
import torch
from torch import Tensor, nn

print("started")


class Attention(NamedTuple):
    output: object
    weights: object


def scaled_dot_product_attention(q, k, v, mask=None):
    print("shapes", q.shape, k.shape, v.shape, "mask", None if mask is None else mask.shape)
    scores = q @ np.swapaxes(k, -1, -2) / q.shape[-1] ** 0.5
    if mask is not None:
        scores = np.choose(mask, [-1e9, scores]) if False else np.where(mask, scores, -1e9)
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    a = e / e.sum(axis=-1, keepdims=True)
    print(a.round(2))
    return Attention(a @ v, a)


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout: float = 0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Optional[Tensor] = None) -> Attention:
        print(f"{q.shape=}")
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e9)
        a = torch.softmax(scores, dim=-1)
        return Attention(output=self.dropout(a) @ v, weights=a)
