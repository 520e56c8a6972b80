"""As a language model writes it: enums, validation, factories, star-args, a logger, verbose names."""

from __future__ import annotations

import enum
import logging
from typing import Callable, List, Optional

import torch
import torch.nn as nn

from autograder.blocks import FeedForward, MultiHeadAttention, ResidualConnection

logger = logging.getLogger(__name__)


class SublayerKind(enum.Enum):
    """Which of the two sublayers is meant."""

    SELF_ATTENTION = "self_attention"
    FEED_FORWARD = "feed_forward"


class EncoderLayer(nn.Module):
    """A single Transformer encoder layer (post-norm).

    Args:
        d_model: Dimensionality of the model.
        num_heads: Number of attention heads.
        d_ff: Dimensionality of the inner feed-forward layer.
        dropout: Dropout probability.

    Shape:
        - Input: ``(batch, tokens, d_model)``
        - Output: ``(batch, tokens, d_model)``
    """

    def __init__(self, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1, *args, **kwargs) -> None:
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model=d_model, num_heads=num_heads, dropout=dropout)
        self.feed_forward = FeedForward(d_model=d_model, d_ff=d_ff, dropout=dropout)
        self.residual1 = ResidualConnection(d_model=d_model, dropout=dropout)
        self.residual2 = ResidualConnection(d_model=d_model, dropout=dropout)
        self._order = (
            (SublayerKind.SELF_ATTENTION, "residual1"),
            (SublayerKind.FEED_FORWARD, "residual2"),
        )

    def _select_sublayer(
        self, kind: SublayerKind, attention_mask: Optional[torch.Tensor]
    ) -> Callable[[torch.Tensor], torch.Tensor]:
        match kind:
            case SublayerKind.SELF_ATTENTION:

                def attend(hidden_states: torch.Tensor) -> torch.Tensor:
                    attended, attention_probabilities = self.self_attention(
                        q=hidden_states, k=hidden_states, v=hidden_states, mask=attention_mask
                    )
                    logger.debug("attention shape %s", tuple(attention_probabilities.shape))
                    return attended

                return attend
            case SublayerKind.FEED_FORWARD:
                return self.feed_forward
        raise AssertionError(kind)

    def forward(self, x: torch.Tensor, mask: Optional[torch.Tensor] = None) -> torch.Tensor:
        """Run both sublayers, each with a residual connection and a normalization."""
        if x.dim() != 3:
            raise ValueError(f"expected (batch, tokens, d_model), got {tuple(x.shape)}")
        hidden_states = x
        for kind, residual_name in self._order:
            residual_connection = getattr(self, residual_name)
            hidden_states = residual_connection(hidden_states, self._select_sublayer(kind, mask))
        return hidden_states

    def extra_repr(self) -> str:
        return " -> ".join(kind.value for kind, _ in self._order)


def build_layers(count: int, **layer_arguments) -> nn.ModuleList:
    """Create ``count`` independently parametrised layers."""
    layers: List[nn.Module] = []
    for _index in range(count):
        layers.append(EncoderLayer(**layer_arguments))
    return nn.ModuleList(layers)


class Encoder(nn.Module):
    """A stack of encoder layers."""

    def __init__(self, num_layers: int, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.layers = build_layers(num_layers, d_model=d_model, num_heads=num_heads, d_ff=d_ff, dropout=dropout)
        self._all_hidden_states: List[torch.Tensor] = []

    def forward(self, x: torch.Tensor, mask: Optional[torch.Tensor] = None) -> torch.Tensor:
        """Pass ``x`` through every layer in order."""
        self._all_hidden_states = [x]
        for layer_number, layer in enumerate(self.layers, start=1):
            self._all_hidden_states.append(layer(self._all_hidden_states[-1], mask=mask))
            logger.debug("layer %d done", layer_number)
        return self._all_hidden_states[-1]
