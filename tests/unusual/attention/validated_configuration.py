"""As a language model writes it: dataclass configuration, checks, long docstrings, type hints, verbose names."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple, Optional

import torch
from torch import Tensor, nn


class AttentionResult(NamedTuple):
    """The result of an attention operation."""

    output: Tensor
    attention_weights: Tensor


@dataclass(frozen=True)
class MultiHeadAttentionConfig:
    """Configuration for multi-head attention.

    Attributes:
        model_dimension: The size of the hidden representation.
        number_of_heads: How many heads attend in parallel.
        dropout_probability: The dropout that is applied to the attention weights.
    """

    model_dimension: int
    number_of_heads: int
    dropout_probability: float = 0.0
    head_dimension: int = field(init=False)

    def __post_init__(self) -> None:
        if self.number_of_heads <= 0:
            raise ValueError(f"number_of_heads must be positive, got {self.number_of_heads}")
        quotient, remainder = divmod(self.model_dimension, self.number_of_heads)
        if remainder:
            raise ValueError(
                f"model_dimension ({self.model_dimension}) must be divisible by number_of_heads ({self.number_of_heads})"
            )
        object.__setattr__(self, "head_dimension", quotient)


class AttentionMaskHelper:
    """Utilities for boolean attention masks, where ``True`` means that a position may be attended to."""

    @staticmethod
    def apply(attention_scores: Tensor, attention_mask: Optional[Tensor]) -> Tensor:
        """Replace the scores of hidden keys by the most negative finite number."""
        if attention_mask is None:
            return attention_scores
        if attention_mask.dtype is not torch.bool:
            attention_mask = attention_mask.to(torch.bool)
        try:
            expanded_mask = attention_mask.expand(attention_scores.shape)
        except RuntimeError as error:
            raise ValueError(f"mask {tuple(attention_mask.shape)} does not broadcast") from error
        most_negative_value = torch.finfo(attention_scores.dtype).min
        return attention_scores.masked_fill(torch.logical_not(expanded_mask), most_negative_value)


class ScaledDotProductAttention(nn.Module):
    """Scaled dot-product attention as described in *Attention Is All You Need*."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        assert 0.0 <= dropout <= 1.0, "dropout must be a probability"
        self.attention_dropout = nn.Dropout(p=dropout)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Optional[Tensor] = None) -> AttentionResult:
        """Compute the attention output.

        Args:
            q: Queries of shape ``(..., queries, d_k)``.
            k: Keys of shape ``(..., keys, d_k)``.
            v: Values of shape ``(..., keys, d_v)``.
            mask: Optional boolean mask.

        Returns:
            The output and the attention weights.
        """
        key_dimension = k.size(dim=-1)
        if q.size(dim=-1) != key_dimension:
            raise ValueError(f"queries have {q.size(dim=-1)} features, keys have {key_dimension}")
        scaling_factor = math.sqrt(float(key_dimension))
        attention_scores = torch.matmul(q, torch.transpose(k, dim0=-2, dim1=-1)) / scaling_factor
        attention_scores = AttentionMaskHelper.apply(attention_scores, mask)
        attention_weights = torch.softmax(attention_scores, dim=-1, dtype=attention_scores.dtype)
        output = torch.matmul(self.attention_dropout(attention_weights), v)
        assert output.size(dim=-2) == q.size(dim=-2)
        return AttentionResult(output=output, attention_weights=attention_weights)


class MultiHeadAttention(nn.Module):
    """Multi-head attention with separate projections for queries, keys and values."""

    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.config = MultiHeadAttentionConfig(d_model, num_heads, dropout)
        self.w_q: nn.Linear = nn.Linear(in_features=d_model, out_features=d_model, bias=True)
        self.w_k: nn.Linear = nn.Linear(in_features=d_model, out_features=d_model, bias=True)
        self.w_v: nn.Linear = nn.Linear(in_features=d_model, out_features=d_model, bias=True)
        self.w_o: nn.Linear = nn.Linear(in_features=d_model, out_features=d_model, bias=True)
        self.scaled_dot_product_attention = ScaledDotProductAttention(dropout=self.config.dropout_probability)
        self._initialize_weights()

    def _initialize_weights(self) -> None:
        for projection in (self.w_q, self.w_k, self.w_v, self.w_o):
            nn.init.xavier_uniform_(projection.weight)
            if projection.bias is not None:
                nn.init.zeros_(projection.bias)

    def _split_heads(self, projected_states: Tensor) -> Tensor:
        batch_size, sequence_length, _ = projected_states.shape
        separated_states = projected_states.reshape(
            batch_size, sequence_length, self.config.number_of_heads, self.config.head_dimension
        )
        return separated_states.permute(0, 2, 1, 3)

    def _merge_heads(self, head_states: Tensor) -> Tensor:
        batch_size, _, sequence_length, _ = head_states.shape
        return head_states.permute(0, 2, 1, 3).reshape(batch_size, sequence_length, self.config.model_dimension)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Optional[Tensor] = None) -> AttentionResult:
        """Project, split into heads, attend, merge the heads and project again."""
        if k.shape[:2] != v.shape[:2]:
            raise ValueError("keys and values must have the same batch size and length")
        result = self.scaled_dot_product_attention(
            q=self._split_heads(self.w_q(q)),
            k=self._split_heads(self.w_k(k)),
            v=self._split_heads(self.w_v(v)),
            mask=mask,
        )
        return result._replace(output=self.w_o(self._merge_heads(result.output)))
