import math

import torch
from torch import nn

from autograder.blocks import Decoder, Encoder, PositionalEncoding


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.d_model = d_model

    def forward(self, ids):
        return self.embedding(ids) * math.sqrt(self.d_model)


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
        self.src_embedding = TokenEmbedding(src_vocab_size, d_model)
        self.tgt_embedding = TokenEmbedding(tgt_vocab_size, d_model)
        self.positional_encoding = PositionalEncoding(d_model, max_len, dropout)
        self.encoder = Encoder(num_layers, d_model, num_heads, d_ff, dropout)
        self.decoder = Decoder(num_layers, d_model, num_heads, d_ff, dropout)
        self.output = nn.Linear(d_model, tgt_vocab_size)
        self.pad_id = pad_id

    def padding(self, ids):
        return (ids != self.pad_id)[:, None, None, :]

    def encode(self, src):
        return self.encoder(self.positional_encoding(self.src_embedding(src)), self.padding(src))

    def decode(self, tgt, memory, src):
        n = tgt.size(1)
        causal = torch.tril(torch.ones(n, n, device=tgt.device))
        x = self.positional_encoding(self.tgt_embedding(tgt))
        return self.output(self.decoder(x, memory, self.padding(tgt) & causal, self.padding(src)))

    def forward(self, src, tgt):
        return self.decode(tgt, self.encode(src), src)
