import math

import torch
from torch import nn


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
