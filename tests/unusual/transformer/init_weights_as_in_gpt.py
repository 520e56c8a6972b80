"""_init_weights with isinstance checks against nn.LayerNorm, as in minGPT; sparse-free embedding; generic base; main block."""

import math
from typing import Generic, TypeVar
import torch
from torch import nn
from autograder.blocks import Decoder, Encoder, PositionalEncoding

T = TypeVar("T")


class Base(nn.Module, Generic[T]):
    def _init_weights(self, module):
        if isinstance(module, nn.Linear):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)
            if module.bias is not None:
                torch.nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)
        elif isinstance(module, nn.LayerNorm):
            torch.nn.init.zeros_(module.bias)
            torch.nn.init.ones_(module.weight)


class TokenEmbedding(Base[int]):
    def __init__(self, vocab_size, d_model):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.d_model = d_model

    def forward(self, ids):
        return self.embedding(ids) * math.sqrt(self.d_model)


class Transformer(Base[torch.Tensor]):
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
        self.apply(self._init_weights)
        print(f"number of parameters: {sum(p.numel() for p in self.parameters()) / 1e6:.2f}M")

    def make_masks(self, src, tgt=None):
        src_mask = (src != self.pad_id).unsqueeze(1).unsqueeze(2)
        if tgt is None:
            return src_mask
        n = tgt.size(1)
        nopeak = ~torch.triu(torch.ones((1, 1, n, n), dtype=torch.bool, device=tgt.device), diagonal=1)
        return src_mask, (tgt != self.pad_id)[:, None, None] & nopeak

    def encode(self, src):
        return self.encoder(self.positional_encoding(self.src_embedding(src)), self.make_masks(src))

    def decode(self, tgt, memory, src):
        src_mask, tgt_mask = self.make_masks(src, tgt)
        return self.output(self.decoder(self.positional_encoding(self.tgt_embedding(tgt)), memory, tgt_mask, src_mask))

    def forward(self, src, tgt):
        return self.decode(tgt, self.encode(src), src)


if __name__ == "__main__":
    model = Transformer(11, 13, 8, 2, 2, 20)
    print(model(torch.randint(1, 11, (2, 5)), torch.randint(1, 13, (2, 4))).shape)
