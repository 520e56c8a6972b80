"""The whole model, sections 3 and 3.4 of Vaswani et al. (2017), in PyTorch."""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from transformer_ref.in_torch.decoder import Decoder
from transformer_ref.in_torch.encoder import Encoder
from transformer_ref.in_torch.positional_encoding import PositionalEncoding


class TokenEmbedding(nn.Module):
    """E(ids) √d_model   (section 3.4)."""

    def __init__(self, vocab_size: int, d_model: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)

    def forward(self, ids: Int[Tensor, "batch tokens"]) -> Float[Tensor, "batch tokens d_model"]:
        """Look every id up and scale."""
        return self.embedding(ids) * math.sqrt(self.embedding.embedding_dim)


class Transformer(nn.Module):
    """logits = Decoder(E(tgt) + PE, Encoder(E(src) + PE)) W + b   (figure 1), without the softmax.

    It makes its own masks from the ids: padding is hidden as a key, and a target position never sees a later one.
    """

    def __init__(
        self,
        src_vocab_size: int,
        tgt_vocab_size: int,
        d_model: int = 512,
        num_heads: int = 8,
        num_layers: int = 6,
        d_ff: int = 2048,
        dropout: float = 0.1,
        max_len: int = 5000,
        pad_id: int = 0,
    ) -> None:
        super().__init__()
        self.src_embedding = TokenEmbedding(src_vocab_size, d_model)
        self.tgt_embedding = TokenEmbedding(tgt_vocab_size, d_model)
        self.positional_encoding = PositionalEncoding(d_model, max_len, dropout)
        self.encoder = Encoder(num_layers, d_model, num_heads, d_ff, dropout)
        self.decoder = Decoder(num_layers, d_model, num_heads, d_ff, dropout)
        self.output = nn.Linear(d_model, tgt_vocab_size)
        self.pad_id = pad_id

    def encode(self, src: Int[Tensor, "batch src_tokens"]) -> Float[Tensor, "batch src_tokens d_model"]:
        """Return the memory of a source."""
        return self.encoder(self.positional_encoding(self.src_embedding(src)), self._padding_mask(src))

    def decode(
        self,
        tgt: Int[Tensor, "batch tgt_tokens"],
        memory: Float[Tensor, "batch src_tokens d_model"],
        src: Int[Tensor, "batch src_tokens"],
    ) -> Float[Tensor, "batch tgt_tokens tgt_vocab_size"]:
        """Return the logits for every target position; `src` tells which rows of the memory are padding."""
        tokens = tgt.shape[1]
        causal = torch.ones(tokens, tokens, dtype=torch.bool, device=tgt.device).tril()
        x = self.positional_encoding(self.tgt_embedding(tgt))
        return self.output(self.decoder(x, memory, self._padding_mask(tgt) & causal, self._padding_mask(src)))

    def forward(
        self, src: Int[Tensor, "batch src_tokens"], tgt: Int[Tensor, "batch tgt_tokens"]
    ) -> Float[Tensor, "batch tgt_tokens tgt_vocab_size"]:
        """Return the logits; row t answers the target's prefix 0 … t."""
        return self.decode(tgt, self.encode(src), src)

    def _padding_mask(self, ids: Int[Tensor, "batch keys"]) -> Bool[Tensor, "batch 1 1 keys"]:
        return (ids != self.pad_id)[:, None, None, :]


@torch.no_grad()
def greedy_decode(
    model: nn.Module, src: Int[Tensor, "batch src_tokens"], bos_id: int, eos_id: int, max_len: int, pad_id: int = 0
) -> Int[Tensor, "batch generated"]:
    """yₜ = argmax p(y | y₁ … yₜ₋₁, src), until every row has ended with `eos_id` or has `max_len` tokens.

    Returns the ids without `bos_id`; after its first `eos_id` a row holds `pad_id`. Calls `model.encode` and
    `model.decode` in evaluation mode, and leaves the model in the mode in which it came.
    """
    was_training = model.training
    model.eval()
    memory = model.encode(src)  # type: ignore[operator]
    tgt = torch.full((len(src), 1), bos_id, dtype=src.dtype, device=src.device)
    ended = torch.zeros(len(src), dtype=torch.bool, device=src.device)
    while tgt.shape[1] <= max_len and not ended.all():
        chosen = model.decode(tgt, memory, src)[:, -1].argmax(dim=-1).masked_fill(ended, pad_id)  # type: ignore[operator]
        tgt = torch.cat((tgt, chosen[:, None].to(tgt.dtype)), dim=1)
        ended = ended | (chosen == eos_id)
    model.train(was_training)
    return tgt[:, 1:]
