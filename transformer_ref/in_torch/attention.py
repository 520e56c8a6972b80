"""Attention, section 3.2 of Vaswani et al. (2017), in PyTorch."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn


class ScaledDotProductAttention(nn.Module):
    """Attention(Q, K, V) = softmax(QKᵀ / √d_k) V   (eq. 1), with dropout on the attention weights in training."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        q: Float[Tensor, "*leading queries d_k"],
        k: Float[Tensor, "*leading keys d_k"],
        v: Float[Tensor, "*leading keys d_v"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> tuple[Float[Tensor, "*leading queries d_v"], Float[Tensor, "*leading queries keys"]]:
        """Return the output and the attention weights before dropout.

        `mask` broadcasts to the attention weights, True = may attend. A query that may attend to nothing gets the mean
        of all values: finite, and of no meaning.
        """
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        if mask is not None:
            scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        attention_weights = torch.softmax(scores, dim=-1)
        return self.dropout(attention_weights) @ v, attention_weights


class MultiHeadAttention(nn.Module):
    """MultiHead(Q, K, V) = Concat(head₁, …, head_h) Wᴼ, headᵢ = Attention(Q Wᵢ^Q, K Wᵢ^K, V Wᵢ^V)   (section 3.2.2).

    `d_k = d_v = d_model / num_heads`; the matrices of all heads are stacked in one linear map for each role.
    Raises ValueError where `num_heads` does not divide `d_model`.
    """

    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        if d_model % num_heads != 0:
            raise ValueError(f"d_model ({d_model}) must be divisible by num_heads ({num_heads})")
        self.num_heads = num_heads
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
        self.attention = ScaledDotProductAttention(dropout)

    def forward(
        self,
        q: Float[Tensor, "batch queries d_model"],
        k: Float[Tensor, "batch keys d_model"],
        v: Float[Tensor, "batch keys d_model"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> tuple[Float[Tensor, "batch queries d_model"], Float[Tensor, "batch {self.num_heads} queries keys"]]:
        """Return the output and the attention weights. `mask` broadcasts to the latter, True = may attend."""
        heads = self._split_heads(self.w_q(q)), self._split_heads(self.w_k(k)), self._split_heads(self.w_v(v))
        output, attention_weights = self.attention(*heads, mask)
        return self.w_o(self._merge_heads(output)), attention_weights

    def _split_heads(self, x: Float[Tensor, "batch tokens d_model"]) -> Float[Tensor, "batch heads tokens d_k"]:
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)

    def _merge_heads(self, x: Float[Tensor, "batch heads tokens d_k"]) -> Float[Tensor, "batch tokens d_model"]:
        return x.transpose(1, 2).flatten(-2)
