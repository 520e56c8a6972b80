"""Decoding with cached keys and values: what section 3.2.3 of Vaswani et al. (2017) allows a decoder to remember."""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

Pair = tuple[Tensor, Tensor]


class CachedDecoder:
    """yₜ from token t alone: softmax(qₜ K₍≤t₎ᵀ / √d_k) V₍≤t₎, where K and V of the earlier tokens are remembered.

    The model is a `Transformer` in evaluation mode. `caches` holds the keys and values (batch, heads, tokens, d_k) of
    each layer: first those of self-attention, then those of attention to the memory.
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    def start(self, src: Int[Tensor, "batch src_tokens"]) -> None:
        """Encode the source, and compute the memory's keys and values."""
        memory = self.model.encode(src)
        self.src_shown, self.tgt_shown = src != self.model.pad_id, src.new_zeros((len(src), 0), dtype=torch.bool)
        layers = self.model.decoder.layers
        self.caches: list[list[Any]] = [[None, project(layer.cross_attention, memory)] for layer in layers]

    def step(self, tokens: Int[Tensor, " batch"]) -> Float[Tensor, "batch vocab"]:
        """Return what `model.decode` says after all tokens so far, of which these are the newest."""
        self.tgt_shown = torch.cat((self.tgt_shown, tokens[:, None] != self.model.pad_id), dim=1)
        x = self.model.tgt_embedding(tokens[:, None])
        past = x.new_zeros(1, self.tgt_shown.shape[1], x.shape[-1])
        x = x + self.model.positional_encoding(past)[:, -1:]
        for number, layer in enumerate(self.model.decoder.layers):
            x = self.through(number, layer, x)
        return self.model.output(x)[:, 0]

    def through(self, number: int, layer: Any, x: Float[Tensor, "batch 1 d_model"]) -> Float[Tensor, "batch 1 d_model"]:
        """One layer, whose cache grows by one token."""
        own, memory = self.caches[number]
        new = project(layer.self_attention, x)
        own = new if own is None else tuple(torch.cat(both, dim=2) for both in zip(own, new, strict=True))
        self.caches[number][0] = own
        x = layer.residual1(x, lambda x: attend(layer.self_attention, x, own, self.tgt_shown))
        x = layer.residual2(x, lambda x: attend(layer.cross_attention, x, memory, self.src_shown))
        return layer.residual3(x, layer.feed_forward)

    def reorder(self, indices: Int[Tensor, " rows"]) -> None:
        """Go on with these rows of the batch, as a beam does; a row may be taken several times."""
        self.src_shown, self.tgt_shown = self.src_shown[indices], self.tgt_shown[indices]
        self.caches = [
            [pair if pair is None else tuple(part[indices] for part in pair) for pair in cache] for cache in self.caches
        ]


def split(x: Float[Tensor, "batch tokens d_model"], num_heads: int) -> Float[Tensor, "batch heads tokens d_k"]:
    """Cut the features into heads."""
    return x.unflatten(-1, (num_heads, -1)).transpose(1, 2)


def project(attention: Any, x: Float[Tensor, "batch tokens d_model"]) -> Pair:
    """The keys and values of some tokens."""
    return split(attention.w_k(x), attention.num_heads), split(attention.w_v(x), attention.num_heads)


def attend(attention: Any, x: Float[Tensor, "batch 1 d_model"], pair: Pair, shown: Tensor) -> Tensor:
    """Multi-head attention of one query per sequence over keys and values that are there already."""
    q, (k, v) = split(attention.w_q(x), attention.num_heads), pair
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    weights = scores.masked_fill(~shown[:, None, None, :], torch.finfo(scores.dtype).min).softmax(dim=-1)
    return attention.w_o((weights @ v).transpose(1, 2).flatten(2))
