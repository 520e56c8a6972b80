"""The steps of `misconceptions.transformer` as the modules and the function of the PyTorch wing."""

from typing import Any

import torch
from torch import nn

from transformer_ref.in_torch.decoder import Decoder
from transformer_ref.in_torch.encoder import Encoder
from transformer_ref.in_torch.positional_encoding import PositionalEncoding


def namespace(steps: type) -> dict[str, Any]:
    """Return the unit's nn.Modules and `greedy_decode`, computing with a class of steps."""
    own = steps(torch)

    class TokenEmbedding(nn.Module):
        def __init__(self, vocab_size, d_model):
            super().__init__()
            own.make_table(self, vocab_size, d_model)

        def forward(self, ids):
            return own.looked_up(own.table_of(self), ids)

    class Transformer(nn.Module):
        def __init__(self, src_vocab_size, tgt_vocab_size, **given):
            super().__init__()
            sizes, vocabularies = own.defaults | given, (src_vocab_size, tgt_vocab_size)
            d_model, dropout, self.pad_id = sizes["d_model"], sizes["dropout"], sizes["pad_id"]
            num_heads, num_layers = own.counts(sizes["num_heads"], sizes["num_layers"])
            d_ff = own.hidden_width(d_model, sizes["d_ff"])
            own.embeddings(self, TokenEmbedding, vocabularies, d_model)
            rate = own.rate("positional_encoding", dropout)
            self.positional_encoding = PositionalEncoding(d_model, own.positions(sizes["max_len"], dropout), rate)
            self.encoder = Encoder(num_layers, d_model, num_heads, d_ff, own.rate("encoder", dropout))
            self.decoder = Decoder(num_layers, d_model, num_heads, d_ff, own.rate("decoder", dropout))
            own.output_map(self, d_model, vocabularies)
            own.finish(self, d_model)

        def encode(self, src):
            return own.encode(self, src, self.pad_id)

        def decode(self, tgt, memory, src):
            return own.decode(self, tgt, memory, src, self.pad_id)

        def forward(self, src, tgt):
            return own.run(self, src, tgt, self.pad_id)

    return {"TokenEmbedding": TokenEmbedding, "Transformer": Transformer, "greedy_decode": own.greedy_decode}
