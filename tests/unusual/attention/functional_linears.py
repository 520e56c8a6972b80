"""The linear maps are used by their matrices, head by head, and the output projection is summed over the heads."""

import torch
import torch.nn.functional as F
from torch import nn


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads != 0:
            raise ValueError("d_model has to be divisible by num_heads")
        self.num_heads, self.size = num_heads, d_model // num_heads
        self.register_buffer("scale", torch.sqrt(torch.tensor(self.size, dtype=torch.float32)))
        self.w_v = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_q = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        total, attentions = self.w_o.bias, []
        for h in range(self.num_heads):
            rows = slice(h * self.size, (h + 1) * self.size)
            part = lambda linear, x: F.linear(x, linear.weight[rows], linear.bias[rows])
            scores = part(self.w_q, q).bmm(part(self.w_k, k).mT) / self.scale
            if mask is not None:
                own = mask.expand(q.size(0), self.num_heads, q.size(1), k.size(1))[:, h]
                scores = scores + torch.log(own.to(scores.dtype)).clamp(min=-1e9)
            a = F.softmax(scores, dim=2)
            attentions.append(a)
            total = total + self.dropout(a).bmm(part(self.w_v, v)) @ self.w_o.weight[:, rows].T
        return total, torch.stack(attentions, dim=1)
