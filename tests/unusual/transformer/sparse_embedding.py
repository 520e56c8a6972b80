"""nn.Embedding(sparse=True): its gradient is a sparse tensor. EmbeddingBag in the other file."""

import torch
from torch import nn


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model, sparse=True)

    def forward(self, ids):
        return self.embedding(ids) * self.embedding.weight.size(1) ** 0.5
