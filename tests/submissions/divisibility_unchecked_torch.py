import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.h, self.d = num_heads, d_model // num_heads
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
        self.drop = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        q, k, v = (
            w(x).unflatten(-1, (self.h, self.d)).transpose(1, 2)
            for w, x in ((self.w_q, q), (self.w_k, k), (self.w_v, v))
        )
        s = torch.matmul(q, k.mT) * self.d**-0.5
        a = (s if mask is None else s.masked_fill(~mask, -1e9)).softmax(-1)
        return self.w_o((self.drop(a) @ v).transpose(1, 2).flatten(2)), a
