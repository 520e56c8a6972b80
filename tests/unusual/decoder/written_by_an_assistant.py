"""As a language model writes it: protocols, named tuples, guards, helper methods with verbose names, both tracks."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Protocol, Sequence

import numpy as np
import torch
import torch.nn as nn

import autograder.blocks as building_blocks


class AttentionInputs(NamedTuple):
    """What one attention sublayer needs."""

    queries: np.ndarray
    keys_and_values: np.ndarray
    mask: Optional[np.ndarray] = None


def _extract_sub_weights(weights: Mapping[str, np.ndarray], prefix: str) -> Dict[str, np.ndarray]:
    """Return the entries that start with ``prefix``, without the prefix."""
    return {name.partition(prefix + ".")[2]: w for name, w in weights.items() if name.startswith(prefix + ".")}


def _add_and_norm(
    residual: np.ndarray, update: np.ndarray, weights: Mapping[str, np.ndarray], which: int
) -> np.ndarray:
    norm_weights = _extract_sub_weights(weights, f"residual{which}.norm")
    return building_blocks.layer_norm(residual + update, norm_weights["gamma"], norm_weights["beta"])


def decoder_layer(
    x: np.ndarray,
    memory: np.ndarray,
    weights: Dict[str, np.ndarray],
    num_heads: int,
    tgt_mask: Optional[np.ndarray] = None,
    memory_mask: Optional[np.ndarray] = None,
) -> np.ndarray:
    """Run one post-norm decoder layer.

    Raises:
        ValueError: If ``x`` and ``memory`` disagree about the batch or the model dimension.
    """
    if x.shape[0] != memory.shape[0] or x.shape[2] != memory.shape[2]:
        raise ValueError(f"incompatible shapes {x.shape} and {memory.shape}")
    current_state = x
    for sublayer_number, sublayer_name in enumerate(("self_attention", "cross_attention"), start=1):
        is_self = sublayer_name == "self_attention"
        inputs = AttentionInputs(
            queries=current_state,
            keys_and_values=current_state if is_self else memory,
            mask=tgt_mask if is_self else memory_mask,
        )
        attended, _ = building_blocks.multi_head_attention(
            inputs.queries,
            inputs.keys_and_values,
            inputs.keys_and_values,
            _extract_sub_weights(weights, sublayer_name),
            num_heads,
            inputs.mask,
        )
        current_state = _add_and_norm(current_state, attended, weights, sublayer_number)
    transformed = building_blocks.feed_forward(current_state, _extract_sub_weights(weights, "feed_forward"))
    return _add_and_norm(current_state, transformed, weights, 3)


def decoder(
    x: np.ndarray,
    memory: np.ndarray,
    layers: Sequence[Dict[str, np.ndarray]],
    num_heads: int,
    **masks: Any,
) -> np.ndarray:
    """Run all layers; the masks are handed on as they are."""
    history: List[np.ndarray] = [x]
    for layer_weights in layers:
        history.append(decoder_layer(history[-1], memory, layer_weights, num_heads, **masks))
    return history.pop()


class SupportsForward(Protocol):
    def __call__(self, x: torch.Tensor, memory: torch.Tensor) -> torch.Tensor: ...


class DecoderLayer(nn.Module):
    """Masked self-attention, cross-attention and a feed-forward network."""

    def __init__(self, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        if d_model % num_heads != 0:
            raise ValueError(f"d_model ({d_model}) must be divisible by num_heads ({num_heads})")
        self.self_attention = building_blocks.MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = building_blocks.MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = building_blocks.FeedForward(d_model, d_ff, dropout)
        for residual_number in range(1, 4):
            setattr(self, f"residual{residual_number}", building_blocks.ResidualConnection(d_model, dropout))

    def _self_attention_block(self, x: torch.Tensor, mask: Optional[torch.Tensor]) -> torch.Tensor:
        output, _ = self.self_attention(x, x, x, mask)
        return output

    def _cross_attention_block(
        self, x: torch.Tensor, memory: torch.Tensor, mask: Optional[torch.Tensor]
    ) -> torch.Tensor:
        output, _ = self.cross_attention(x, memory, memory, mask)
        return output

    def forward(
        self,
        x: torch.Tensor,
        memory: torch.Tensor,
        tgt_mask: Optional[torch.Tensor] = None,
        memory_mask: Optional[torch.Tensor] = None,
    ) -> torch.Tensor:
        """Apply the three sublayers in order."""
        for name, mask in {"tgt_mask": tgt_mask, "memory_mask": memory_mask}.items():
            assert mask is None or mask.dtype == torch.bool, f"{name} must be boolean"
        x = self.residual1(x, lambda hidden: self._self_attention_block(hidden, tgt_mask))
        x = self.residual2(x, lambda hidden: self._cross_attention_block(hidden, memory, memory_mask))
        x = self.residual3(x, self.feed_forward)
        return x
