"""Look-up as a product with one-hot rows; a step closure that match statements drive; a callable model wrapper."""

import torch
from torch import nn

from autograder.blocks import Decoder, Encoder, PositionalEncoding


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model, padding_idx=None)
        nn.init.normal_(self.embedding.weight, std=d_model**-0.5)

    def forward(self, ids):
        hot = nn.functional.one_hot(ids, self.embedding.num_embeddings).to(self.embedding.weight.dtype)
        return hot @ self.embedding.weight * self.embedding.embedding_dim**0.5


class Transformer(nn.Module):
    def __init__(
        self, src_vocab_size, tgt_vocab_size, d_model=512, num_heads=8, num_layers=6, d_ff=2048, *more, **named
    ):
        super().__init__()
        names = ("dropout", "max_len", "pad_id")
        options = {"dropout": 0.1, "max_len": 5000, "pad_id": 0} | dict(zip(names, more)) | named
        if unknown := options.keys() - set(names):
            raise TypeError(f"unexpected arguments: {sorted(unknown)}")
        sizes = d_model, num_heads, d_ff, options["dropout"]
        self.src_embedding = TokenEmbedding(src_vocab_size, d_model)
        self.tgt_embedding = TokenEmbedding(tgt_vocab_size, d_model)
        self.positional_encoding = PositionalEncoding(d_model, options["max_len"], options["dropout"])
        self.encoder, self.decoder = Encoder(num_layers, *sizes), Decoder(num_layers, *sizes)
        self.output = nn.Linear(d_model, tgt_vocab_size)
        self.real = lambda ids: (ids - options["pad_id"]).bool()[:, None, None]

    def encode(self, src):
        x = self.src_embedding(src)
        return self.encoder(self.positional_encoding(x), self.real(src))

    def decode(self, tgt, memory, src):
        n = tgt.shape[1]
        past = torch.cumsum(torch.eye(n, dtype=torch.int64), dim=0).T.flip(0, 1).bool()
        x = self.positional_encoding(self.tgt_embedding(tgt))
        return self.output(self.decoder(x, memory, self.real(tgt).logical_and(past), self.real(src)))

    def __call__(self, *args, **kwargs):
        match args:
            case (src, tgt):
                return self.decode(tgt, self.encode(src), src)
        return super().__call__(*args, **kwargs)

    def forward(self, src, tgt):
        return self(src, tgt)


@torch.no_grad()
def greedy_decode(model, src, bos_id, eos_id, max_len, pad_id=0):
    mode = model.training
    rows = [[bos_id] for _ in src]
    try:
        memory = model.eval().encode(src)
        for _ in range(max_len):
            if all(row[-1] == eos_id and len(row) > 1 for row in (_trim(r, eos_id) for r in rows)):
                break
            best = model.decode(torch.tensor(rows), memory, src)[:, -1].max(-1).indices.tolist()
            rows = [row + [i] for row, i in zip(rows, best)]
    finally:
        model.train(mode)
    cut = [_trim(row, eos_id)[1:] for row in rows]
    width = max(map(len, cut))
    return torch.tensor([row + [pad_id] * (width - len(row)) for row in cut])


def _trim(row, eos_id):
    ends = [t for t, i in enumerate(row) if i == eos_id and t]
    return row[: ends[0] + 1] if ends else row
