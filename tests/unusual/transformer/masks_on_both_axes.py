"""Padded queries see nothing either: their values are not graded."""

import numpy as np
import torch
from torch import nn

from autograder.blocks import Decoder, Encoder, PositionalEncoding, causal_mask, decoder, encoder, positional_encoding


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.d_model = d_model

    def forward(self, ids):
        return self.embedding(ids) * self.d_model**0.5


def both(queries, keys, pad_id):
    return (queries != pad_id)[:, None, :, None] & (keys != pad_id)[:, None, None, :]


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
        stack = dict(num_layers=num_layers, d_model=d_model, num_heads=num_heads, d_ff=d_ff, dropout=dropout)
        self.decoder = Decoder(**stack)
        self.encoder = Encoder(**stack)
        self.output = nn.Linear(d_model, tgt_vocab_size)
        self.tgt_embedding = TokenEmbedding(tgt_vocab_size, d_model)
        self.src_embedding = TokenEmbedding(src_vocab_size, d_model)
        self.positional_encoding = PositionalEncoding(d_model, max_len, dropout)
        self.pad_id = pad_id

    def encode(self, src):
        return self.encoder(self.positional_encoding(self.src_embedding(src)), both(src, src, self.pad_id))

    def decode(self, tgt, memory, src):
        n = tgt.size(1)
        tgt_mask = both(tgt, tgt, self.pad_id) & torch.ones(n, n, dtype=torch.bool).tril()
        x = self.positional_encoding(self.tgt_embedding(tgt))
        return self.output(self.decoder(x, memory, tgt_mask, both(tgt, src, self.pad_id)))

    def forward(self, src, tgt):
        return self.decode(tgt, self.encode(src), src)


def transformer(src, tgt, weights, num_heads, num_layers, pad_id=0):
    def of(prefix):
        prefix += "."
        return {name[len(prefix) :]: w for name, w in weights.items() if name.startswith(prefix)}

    def embed(side, ids):
        table = of(side)["embedding.weight"]
        return np.take(table, ids, axis=0) * table.shape[-1] ** 0.5 + positional_encoding(
            ids.shape[-1], table.shape[-1]
        )

    memory = encoder(
        embed("src_embedding", src),
        [of(f"encoder.layers.{i}") for i in range(num_layers)],
        num_heads,
        both(src, src, pad_id),
    )
    x = decoder(
        embed("tgt_embedding", tgt),
        memory,
        [of(f"decoder.layers.{i}") for i in range(num_layers)],
        num_heads,
        both(tgt, tgt, pad_id) & causal_mask(tgt.shape[1]),
        both(tgt, src, pad_id),
    )
    return np.einsum("btd,vd->btv", x, weights["output.weight"]) + weights["output.bias"]
