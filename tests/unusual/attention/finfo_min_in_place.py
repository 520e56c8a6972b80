import torch
from torch import nn


class ScaledDotProductAttention(nn.Module):
    """In place, but only on intermediates."""

    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout, inplace=False)
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, q, k, v, mask=None):
        scores = torch.matmul(q, k.transpose(-1, -2))
        scores /= torch.sqrt(torch.tensor(q.shape[-1]))
        if mask is not None:
            scores.masked_fill_(torch.logical_not(mask), torch.finfo(scores.dtype).min)
        attention = self.softmax(scores)
        return torch.matmul(self.dropout(attention), v), attention


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.d_k, remainder = divmod(d_model, num_heads)
        if remainder:
            raise ValueError("not divisible")
        self.num_heads = num_heads
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
        self.attention = ScaledDotProductAttention(dropout)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)

    def forward(self, q, k, v, mask=None):
        B = q.size(0)
        q = self.w_q(q).reshape(B, -1, self.num_heads, self.d_k).permute(0, 2, 1, 3)
        k = self.w_k(k).reshape(B, -1, self.num_heads, self.d_k).permute(0, 2, 1, 3)
        v = self.w_v(v).reshape(B, -1, self.num_heads, self.d_k).permute(0, 2, 1, 3)
        x, attention = self.attention(q, k, v, mask=mask)
        x = x.permute(0, 2, 1, 3).contiguous().view(B, -1, self.num_heads * self.d_k)
        return self.w_o(x), attention
