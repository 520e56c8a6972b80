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
        cut = lambda x: x.unflatten(2, (self.h, -1)).permute(0, 2, 1, 3)
        out, a = self.attend(cut(self.w_q(q)), cut(self.w_k(k)), cut(self.w_v(k)), mask)
        return self.w_o(out.permute(0, 2, 1, 3).flatten(2)), a
