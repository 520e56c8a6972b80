import math

import numpy as np
import torch


def edit_distance(a, b):
    table = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    table[:, 0] = np.arange(len(a) + 1)
    table[0] = np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            replaced = table[i - 1, j - 1] + (a[i - 1] != b[j - 1])
            table[i, j] = min(replaced, table[i - 1, j] + 1, table[i, j - 1] + 1)
    return int(table[-1, -1])


class CachedDecoder:
    def __init__(self, model):
        self.model = model

    def start(self, src):
        memory = self.model.encode(src)
        self.src_mask = src != self.model.pad_id
        self.tgt_mask = torch.zeros(src.size(0), 0, dtype=torch.bool)
        self.cache = [None for _ in self.model.decoder.layers]
        self.memory = []
        for layer in self.model.decoder.layers:
            attention = layer.cross_attention
            keys, values = attention.w_k(memory), attention.w_v(memory)
            self.memory.append((self.split(keys, attention), self.split(values, attention)))

    def step(self, tokens):
        position = self.tgt_mask.size(1)
        self.tgt_mask = torch.cat([self.tgt_mask, (tokens != self.model.pad_id)[:, None]], dim=1)
        x = self.model.tgt_embedding(tokens[:, None])
        x = x + self.model.positional_encoding(torch.zeros(1, position + 1, x.size(-1), dtype=x.dtype))[:, -1:]
        for number, layer in enumerate(self.model.decoder.layers):
            attention = layer.self_attention
            keys = self.split(attention.w_k(x), attention)
            values = self.split(attention.w_v(x), attention)
            if self.cache[number] is not None:
                keys = torch.cat([self.cache[number][0], keys], dim=2)
                values = torch.cat([self.cache[number][1], values], dim=2)
            self.cache[number] = (keys, values)
            seen = self.attend(attention, x, keys, values, self.tgt_mask)
            x = layer.residual1(x, lambda _, seen=seen: seen)
            read = self.attend(layer.cross_attention, x, *self.memory[number], self.src_mask)
            x = layer.residual2(x, lambda _, read=read: read)
            x = layer.residual3(x, layer.feed_forward)
        return self.model.output(x)[:, -1]

    def reorder(self, indices):
        self.src_mask = self.src_mask[indices]
        self.tgt_mask = self.tgt_mask[indices]
        self.cache = [pair and (pair[0][indices], pair[1][indices]) for pair in self.cache]
        self.memory = [(keys[indices], values[indices]) for keys, values in self.memory]

    def split(self, x, attention):
        return x.view(x.size(0), x.size(1), attention.num_heads, -1).transpose(1, 2)

    def attend(self, attention, x, keys, values, mask):
        queries = self.split(attention.w_q(x), attention)
        scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.size(-1))
        scores = scores.masked_fill(~mask[:, None, None, :], -1e9)
        heads = torch.softmax(scores, dim=-1) @ values
        return attention.w_o(heads.transpose(1, 2).reshape(x.shape))
