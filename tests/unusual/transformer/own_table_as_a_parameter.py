"""A table of one's own instead of nn.Embedding, parts made in a loop, ids looked up by one-hot vectors."""

import torch
from torch import nn

from autograder.own_work import Decoder, Encoder, PositionalEncoding


class Table(nn.Module):
    def __init__(self, rows, columns):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(rows, columns))


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model):
        super().__init__()
        self.embedding = Table(vocab_size, d_model)

    def forward(self, ids):
        table = self.embedding.weight
        chosen = nn.functional.one_hot(ids, len(table)).to(table.dtype)
        return chosen @ table * table.shape[-1] ** 0.5


class Side(nn.Module):
    pass


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
        for name, size in [("src", src_vocab_size), ("tgt", tgt_vocab_size)]:
            setattr(self, f"{name}_embedding", TokenEmbedding(size, d_model))
        for name, stack in {"encoder": Encoder, "decoder": Decoder}.items():
            self.add_module(name, stack(num_layers, d_model, num_heads, d_ff, dropout))
        self.output = nn.Linear(d_model, tgt_vocab_size)
        self.positional_encoding = PositionalEncoding(d_model, max_len=max_len, dropout=dropout)
        self.register_buffer("pad", torch.tensor(pad_id))
        self.register_buffer("order", torch.arange(max_len))

    def visible(self, ids):
        return torch.stack([row != self.pad for row in ids])[:, None, None]

    def encode(self, src):
        x = self.positional_encoding(self.src_embedding(src))
        for layer in self.encoder.layers:
            x = layer(x, self.visible(src))
        return x

    def decode(self, tgt, memory, src):
        order = self.order[: tgt.shape[1]]
        past = order[None, :] <= order[:, None]
        mask = torch.where(past, self.visible(tgt), False)
        x = self.positional_encoding(self.tgt_embedding(tgt))
        for layer in self.decoder.layers:
            x = layer(x, memory, tgt_mask=mask, memory_mask=self.visible(src))
        return self.output(x)

    def forward(self, src, tgt):
        return self.decode(tgt=tgt, memory=self.encode(src), src=src)
