"""As a language model writes it: a dataclass of sizes, mask builders as static methods, a decoding state, many guards."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Iterator, List

import torch
import torch.nn as nn

from autograder.blocks import Decoder, Encoder, PositionalEncoding


@dataclass
class TransformerConfig:
    """Hyperparameters of the stacks."""

    num_layers: int
    d_model: int
    num_heads: int
    d_ff: int
    dropout: float


@dataclass
class DecodingState:
    """Everything that changes while decoding."""

    generated: torch.Tensor
    finished: torch.Tensor
    columns: List[torch.Tensor] = field(default_factory=list)


class TokenEmbedding(nn.Module):
    """Learned embeddings scaled by the square root of their width."""

    def __init__(self, vocab_size: int, d_model: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(num_embeddings=vocab_size, embedding_dim=d_model)
        self.register_buffer("scaling_factor", torch.tensor(math.sqrt(d_model), dtype=torch.float64), persistent=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Look up and scale."""
        embedded_tokens = self.embedding(ids.long())
        return embedded_tokens * self.scaling_factor.item()


class Transformer(nn.Module):
    """Encoder-decoder Transformer that builds its own masks."""

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
        self.config = TransformerConfig(num_layers, d_model, num_heads, d_ff, dropout)
        self.pad_id = pad_id
        self.src_embedding = TokenEmbedding(src_vocab_size, d_model)
        self.tgt_embedding = TokenEmbedding(tgt_vocab_size, d_model)
        self.positional_encoding = PositionalEncoding(d_model=d_model, max_len=max_len, dropout=dropout)
        self.encoder = Encoder(**asdict(self.config))
        self.decoder = Decoder(**asdict(self.config))
        self.output = nn.Linear(d_model, tgt_vocab_size)

    @staticmethod
    def make_padding_mask(ids: torch.Tensor, pad_id: int) -> torch.Tensor:
        """``(batch, 1, 1, keys)``, True where a key is a real token."""
        return ids.ne(pad_id).unsqueeze(1).unsqueeze(2)

    @staticmethod
    def make_causal_mask(length: int, device: torch.device) -> torch.Tensor:
        """``(1, 1, length, length)``, True on and below the diagonal."""
        future = torch.triu(torch.full((length, length), float("-inf"), device=device), diagonal=1)
        return torch.isfinite(future)[None, None]

    def encode(self, src: torch.Tensor) -> torch.Tensor:
        """Return one vector per source token."""
        if src.dim() != 2:
            raise ValueError(f"expected (batch, tokens), got {tuple(src.shape)}")
        embedded_source = self.positional_encoding(self.src_embedding(src))
        return self.encoder(embedded_source, mask=self.make_padding_mask(src, self.pad_id))

    def decode(self, tgt: torch.Tensor, memory: torch.Tensor, src: torch.Tensor) -> torch.Tensor:
        """Return logits for every target position."""
        tgt_mask = torch.logical_and(
            self.make_padding_mask(tgt, self.pad_id), self.make_causal_mask(tgt.size(1), tgt.device)
        )
        embedded_target = self.positional_encoding(self.tgt_embedding(tgt))
        decoded = self.decoder(
            x=embedded_target,
            memory=memory,
            tgt_mask=tgt_mask,
            memory_mask=self.make_padding_mask(src, self.pad_id),
        )
        return self.output(decoded)

    def forward(self, src: torch.Tensor, tgt: torch.Tensor) -> torch.Tensor:
        """Encode, then decode."""
        return self.decode(tgt=tgt, memory=self.encode(src=src), src=src)


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[nn.Module]:
    """Put the model into evaluation mode, and back into the mode it came in."""
    was_training = model.training
    try:
        model.eval()
        with torch.no_grad():
            yield model
    finally:
        model.train(mode=was_training)


def greedy_decode(
    model: nn.Module, src: torch.Tensor, bos_id: int, eos_id: int, max_len: int, pad_id: int = 0
) -> torch.Tensor:
    """Generate one token at a time, always the most likely one."""
    batch_size = src.size(0)
    with evaluation_mode(model):
        memory = model.encode(src)
        state = DecodingState(
            generated=torch.full((batch_size, 1), bos_id, dtype=torch.long, device=src.device),
            finished=torch.zeros(batch_size, dtype=torch.bool, device=src.device),
        )
        for _step in range(max_len):
            logits = model.decode(state.generated, memory, src)
            next_tokens = torch.argmax(torch.softmax(logits[:, -1, :], dim=-1), dim=-1)
            next_tokens = torch.where(state.finished, torch.full_like(next_tokens, pad_id), next_tokens)
            state.columns.append(next_tokens)
            state.generated = torch.cat([state.generated, next_tokens.unsqueeze(1)], dim=1)
            state.finished = state.finished | next_tokens.eq(eos_id)
            if bool(state.finished.all()):
                break
    return torch.stack(state.columns, dim=1)
