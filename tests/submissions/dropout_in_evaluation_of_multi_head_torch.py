import torch
from torch import nn
from torch.nn import functional as F


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads:
            raise ValueError("not divisible")
        self.h, self.p = num_heads, dropout
        self.w_q, self.w_k, self.w_v, self.w_o = (nn.Linear(d_model, d_model) for _ in range(4))

    def forward(self, q, k, v, mask=None):
        q, k, v = (torch.stack(w(x).chunk(self.h, -1), 1) for w, x in ((self.w_q, q), (self.w_k, k), (self.w_v, v)))
        s = q @ k.mT / q.shape[-1] ** 0.5
        a = (s if mask is None else s.masked_fill(~mask, -1e9)).softmax(-1)
        return self.w_o(torch.cat((F.dropout(a, self.p) @ v).unbind(1), -1)), a
