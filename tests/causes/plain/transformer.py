import math

import torch
from torch import nn

from autograder.blocks import (
    Decoder,
    Encoder,
    PositionalEncoding,
    causal_mask,
    decoder,
    encoder,
    padding_mask,
    positional_encoding,
)


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.d_model = d_model

    def forward(self, ids):
        return self.embedding(ids) * math.sqrt(self.d_model)


def greedy_decode(model, src, bos_id, eos_id, max_len, pad_id=0):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        memory = model.encode(src)
        ids = torch.full((src.size(0), 1), bos_id, dtype=torch.long)
        done = torch.zeros(src.size(0), dtype=torch.bool)
        while ids.size(1) <= max_len and not done.all():
            logits = model.decode(ids, memory, src)[:, -1]
            chosen = logits.argmax(dim=-1)
            chosen = torch.where(done, pad_id, chosen)
            ids = torch.cat([ids, chosen[:, None]], dim=1)
            done = done | (chosen == eos_id)
    model.train(was_training)
    return ids[:, 1:]


def transformer(src, tgt, weights, num_heads, num_layers, pad_id=0):
    def below(path):
        return {key[len(path) :]: entry for key, entry in weights.items() if key.startswith(path)}

    def embed(ids, side):
        rows = weights[f"{side}_embedding.embedding.weight"][ids]
        return math.sqrt(rows.shape[-1]) * rows + positional_encoding(*rows.shape[1:])

    of_encoder = [below(f"encoder.layers.{number}.") for number in range(num_layers)]
    of_decoder = [below(f"decoder.layers.{number}.") for number in range(num_layers)]
    words = padding_mask(src, pad_id)
    memory = encoder(embed(src, "src"), of_encoder, num_heads, words)
    tgt_mask = padding_mask(tgt, pad_id) & causal_mask(tgt.shape[1])
    x = decoder(embed(tgt, "tgt"), memory, of_decoder, num_heads, tgt_mask, words)
    return x @ weights["output.weight"].T + weights["output.bias"]


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
        self.pad_id = pad_id
        self.src_embedding = TokenEmbedding(src_vocab_size, d_model)
        self.tgt_embedding = TokenEmbedding(tgt_vocab_size, d_model)
        self.positional_encoding = PositionalEncoding(d_model, max_len, dropout)
        self.encoder = Encoder(num_layers, d_model, num_heads, d_ff, dropout)
        self.decoder = Decoder(num_layers, d_model, num_heads, d_ff, dropout)
        self.output = nn.Linear(d_model, tgt_vocab_size)

    def make_mask(self, ids):
        return (ids != self.pad_id)[:, None, None, :]

    def encode(self, src):
        x = self.positional_encoding(self.src_embedding(src))
        return self.encoder(x, self.make_mask(src))

    def decode(self, tgt, memory, src):
        tokens = tgt.size(1)
        causal = torch.tril(torch.ones(tokens, tokens, dtype=torch.bool))
        y = self.positional_encoding(self.tgt_embedding(tgt))
        y = self.decoder(y, memory, self.make_mask(tgt) & causal, self.make_mask(src))
        return self.output(y)

    def forward(self, src, tgt):
        return self.decode(tgt, self.encode(src), src)
