"""Causal masks from an lru_cache keyed by length and device; pad_id is a buffer behind a property; parts by setattr."""

from functools import cached_property, lru_cache

import torch
from torch import nn

from autograder import blocks


@lru_cache(maxsize=None)
def lower_triangle(n, device):
    i = torch.arange(n, device=device)
    return i[:, None] >= i[None, :]


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)

    @property
    def scale(self):
        return self.embedding.weight.shape[1] ** 0.5

    def forward(self, ids):
        flat = self.embedding.weight.index_select(0, ids.reshape(-1))
        return flat.view(*ids.shape, -1).mul(self.scale)


class Transformer(nn.Module):
    def __init__(
        self,
        src_vocab_size,
        tgt_vocab_size,
        d_model=512,
        num_heads=8,
        num_layers=6,
        d_ff=2048,
        dropout=0.1,
        max_len=5000,
        pad_id=0,
    ):
        super().__init__()
        sizes = dict(d_model=d_model, num_heads=num_heads, d_ff=d_ff, dropout=dropout, num_layers=num_layers)
        for side, vocab in dict(src=src_vocab_size, tgt=tgt_vocab_size).items():
            setattr(self, f"{side}_embedding", TokenEmbedding(vocab, d_model))
        for stack in (blocks.Encoder, blocks.Decoder):
            setattr(self, stack.__name__.lower(), stack(**sizes))
        self.positional_encoding = blocks.PositionalEncoding(d_model, max_len, dropout)
        self.output = nn.Linear(d_model, tgt_vocab_size)
        self.register_buffer("_pad", torch.tensor(pad_id))

    @property
    def pad_id(self):
        return int(self._pad)

    @cached_property
    def stacks(self):
        return {"src": self.encoder, "tgt": self.decoder}

    def _embedded(self, side, ids):
        return self.positional_encoding(getattr(self, f"{side}_embedding")(ids))

    def _keys(self, ids):
        return torch.ne(ids, self._pad)[:, None, None, :]

    def encode(self, src):
        return self.stacks["src"](self._embedded("src", src), self._keys(src))

    def decode(self, tgt, memory, src):
        own = torch.einsum(
            "bxyk,qk->bxqk", self._keys(tgt).int(), lower_triangle(tgt.shape[1], tgt.device).int()
        ).bool()
        return self.output(self.stacks["tgt"](self._embedded("tgt", tgt), memory, own, self._keys(src)))

    def forward(self, src, tgt):
        return self.decode(tgt, src=src, memory=self.encode(src))
