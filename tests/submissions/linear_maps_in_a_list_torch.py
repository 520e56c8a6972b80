import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads:
            raise ValueError("not divisible")
        self.h, self.drop = num_heads, nn.Dropout(dropout)
        self.layers = [nn.Linear(d_model, d_model) for _ in range(4)]

    def forward(self, q, k, v, mask=None):
        q, k, v = (torch.stack(w(x).chunk(self.h, -1), 1) for w, x in zip(self.layers, (q, k, v)))
        s = q @ k.mT / q.shape[-1] ** 0.5
        a = (s if mask is None else s.masked_fill(~mask, -1e9)).softmax(-1)
        return self.layers[3](torch.cat((self.drop(a) @ v).unbind(1), -1)), a
