"""Leave out one part of the reference's Transformer, to see what it is for: `--without WHAT`.

The reference is not edited: hooks change what goes into a module or comes out of it, for one model.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from transformer_ref.in_torch.attention import ScaledDotProductAttention
from transformer_ref.in_torch.layer_norm import LayerNorm, ResidualConnection
from transformer_ref.in_torch.training import LossFunction, train_step
from transformer_ref.in_torch.transformer import TokenEmbedding, Transformer

NO_ID = -1


def without_causal_mask(model: Transformer) -> None:
    """Every target position sees all others: each query gets the mask of the last one, whose past is everything."""
    model.decoder.register_forward_pre_hook(lambda _, given: (*given[:2], given[2][..., -1:, :], given[3]))


def without_positions(model: Transformer) -> None:
    """The table of positions is 0."""
    model.positional_encoding.table.zero_()


def without_memory(model: Transformer) -> None:
    """The decoder gets a memory of zeros."""
    model.encoder.register_forward_hook(lambda _, __, memory: torch.zeros_like(memory))


def without_residuals(model: Transformer) -> None:
    """LayerNorm(Dropout(Sublayer(x))) in place of LayerNorm(x + Dropout(Sublayer(x)))."""
    for part in _parts(model, ResidualConnection):
        part.register_forward_pre_hook(_add_to_nothing)


def without_padding_mask(model: Transformer) -> None:
    """Padding is seen as a key, in the source, in the target and in the memory."""
    model.pad_id = NO_ID


def without_scale(model: Transformer) -> None:
    """softmax(QKᵀ) V in place of softmax(QKᵀ / √d_k) V."""
    for part in _parts(model, ScaledDotProductAttention):
        part.register_forward_pre_hook(lambda _, given: (given[0] * given[0].shape[-1] ** 0.5, *given[1:]))


def without_embedding_scale(model: Transformer) -> None:
    """Embeddings are not multiplied by √d_model."""
    for part in _parts(model, TokenEmbedding):
        part.register_forward_hook(lambda _, __, vectors: vectors / vectors.shape[-1] ** 0.5)


def without_layer_norm(model: Transformer) -> None:
    """x + Dropout(Sublayer(x)), as it is."""
    for part in _parts(model, LayerNorm):
        part.register_forward_hook(lambda _, given, __: given[0])


def without_shift(model: Transformer) -> None:
    """The model is as it should be: `step_without_shift` trains it."""


ABLATIONS: dict[str, Callable[[Transformer], None]] = {
    "causal-mask": without_causal_mask,
    "shift": without_shift,
    "positions": without_positions,
    "memory": without_memory,
    "residuals": without_residuals,
    "padding-mask": without_padding_mask,
    "scale": without_scale,
    "embedding-scale": without_embedding_scale,
    "layer-norm": without_layer_norm,
}


def step_without_shift(
    model: nn.Module, optimizer: torch.optim.Optimizer, loss_function: LossFunction, src: Tensor, tgt: Tensor
) -> float:
    """`train_step`, but the decoder reads the labels themselves (batch, tokens), not the tokens before them."""
    labels = tgt[:, 1:]
    reads = nn.functional.pad(labels, (0, 1))  # of which teacher forcing leaves out the last column
    return train_step(model, optimizer, lambda logits, _: loss_function(logits, labels), src, reads)


def _add_to_nothing(_: nn.Module, given: tuple[Tensor, Callable[[Tensor], Tensor]]) -> tuple[Any, ...]:
    x, sublayer = given
    return torch.zeros_like(x), lambda _: sublayer(x)


def _parts(model: nn.Module, kind: type[nn.Module]) -> list[nn.Module]:
    return [part for part in model.modules() if isinstance(part, kind)]
