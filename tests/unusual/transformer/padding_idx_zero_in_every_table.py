"""Row 0 of every table is the padding's, as in most tutorials: it starts at 0 and never gets a gradient."""

import math

import torch
import torch.nn as nn

from autograder.blocks import Decoder, Encoder, PositionalEncoding


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model):
        super(TokenEmbedding, self).__init__()
        self.d_model = d_model
        self.embedding = nn.Embedding(vocab_size, d_model, padding_idx=0)

    def forward(self, tokens):
        out = self.embedding(tokens.long())
        return out * math.sqrt(self.d_model)


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
        super(Transformer, self).__init__()
        self.src_embedding = TokenEmbedding(src_vocab_size, d_model)
        self.tgt_embedding = TokenEmbedding(tgt_vocab_size, d_model)
        self.positional_encoding = PositionalEncoding(d_model, max_len, dropout)
        self.encoder = Encoder(num_layers, d_model, num_heads, d_ff, dropout)
        self.decoder = Decoder(num_layers, d_model, num_heads, d_ff, dropout)
        self.output = nn.Linear(d_model, tgt_vocab_size)
        self.pad_id = pad_id

    def generate_mask(self, src, tgt):
        src_mask = (src != self.pad_id).unsqueeze(1).unsqueeze(2)
        tgt_mask = (tgt != self.pad_id).unsqueeze(1).unsqueeze(2)
        seq_length = tgt.size(1)
        nopeak_mask = (1 - torch.triu(torch.ones(1, seq_length, seq_length), diagonal=1)).bool()
        tgt_mask = tgt_mask & nopeak_mask
        return src_mask, tgt_mask

    def encode(self, src):
        return self.encoder(self.positional_encoding(self.src_embedding(src)), (src != self.pad_id)[:, None, None])

    def decode(self, tgt, memory, src):
        src_mask, tgt_mask = self.generate_mask(src, tgt)
        return self.output(self.decoder(self.positional_encoding(self.tgt_embedding(tgt)), memory, tgt_mask, src_mask))

    def forward(self, src, tgt):
        return self.decode(tgt, self.encode(src), src)
