import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads:
            raise ValueError(f"{d_model} features cannot be shared by {num_heads} heads")
        self.h = num_heads
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
        self.drop = nn.Dropout(dropout)

    def attend(self, q, k, v, mask):
        s = torch.einsum("bhid,bhjd->bhij", q, k) / q.shape[-1] ** 0.5
        a = (s if mask is None else s.masked_fill(~mask, -1e9)).softmax(-1)
        return torch.einsum("bhij,bhjd->bhid", self.drop(a), v), a

    def forward(self, q, k, v, mask=None):
        B, T, D = q.shape
        q, k, v = (torch.stack(w(x).chunk(self.h, -1), 1) for w, x in ((self.w_q, q), (self.w_k, k), (self.w_v, v)))
        out, a = self.attend(q, k, v, mask)
        return self.w_o(out.contiguous().view(B, T, D)), a
