import math

import torch
from torch import nn

NEG = -1e9


def attention(query, key, value, mask=None, dropout=None):
    """Compute scaled dot product attention."""
    scores = torch.einsum("...id, ...jd -> ...ji", query, key) / math.sqrt(key.shape[-1])
    if mask is not None:
        scores = scores.transpose(-1, -2).masked_fill(mask.eq(False), NEG).transpose(-1, -2)
    attn = scores.softmax(dim=-2)
    dropped = attn if dropout is None else dropout(attn)
    return torch.einsum("...ji, ...jd -> ...id", dropped, value), attn.transpose(-2, -1)


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout) if dropout > 0 else None

    forward = lambda self, q, k, v, mask=None: attention(q, k, v, mask, self.dropout)


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        try:
            assert d_model % num_heads == 0
        except AssertionError as error:
            raise ValueError("d_model must be a multiple of num_heads") from error
        self.n = num_heads
        self.w_q, self.w_k, self.w_v, self.w_o = (nn.Linear(d_model, d_model) for _ in "qkvo")
        self.dropout = nn.Dropout(p=dropout)

    def forward(self, q, k, v, mask=None):
        b, t, m = q.size()
        shape = (b, -1, self.n, m // self.n)
        q, k, v = [w(x).reshape(shape).permute(2, 0, 1, 3) for w, x in [(self.w_q, q), (self.w_k, k), (self.w_v, v)]]
        if mask is not None:
            mask = mask.expand(b, self.n, t, k.shape[2]).transpose(0, 1)
        out, attn = attention(q, k, v, mask, self.dropout)
        return self.w_o(out.permute(1, 2, 0, 3).flatten(start_dim=2)), attn.transpose(0, 1)
