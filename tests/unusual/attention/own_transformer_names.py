"""Own classes and functions called like the ready-made ones; see nn.MultiheadAttention and F.scaled_dot_product_attention."""

import torch
import torch.nn as nn


class functional:
    @staticmethod
    def scaled_dot_product_attention(q, k, v, attn_mask=None):
        scale = q.new_tensor(q.size(-1)).rsqrt()
        s = torch.einsum("...id,...jd->...ij", q, k) * scale
        if attn_mask is not None:
            s = s + torch.zeros_like(attn_mask, dtype=s.dtype).masked_fill(attn_mask.logical_not(), -1e9)
        p = nn.Softmax(dim=-1)(s)
        return p


class MultiheadAttention(nn.Module):
    """My own MultiheadAttention (not nn.MultiheadAttention!)."""

    def __init__(self, embed_dim, num_heads, p):
        super(MultiheadAttention, self).__init__()
        if divmod(embed_dim, num_heads)[1]:
            raise ValueError("embed_dim must be divisible by num_heads")
        for n in "qkvo":
            self.add_module("w_" + n, nn.Linear(embed_dim, embed_dim))
        self.num_heads, self.p = num_heads, p


class MultiHeadAttention(MultiheadAttention):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__(embed_dim=d_model, num_heads=num_heads, p=dropout)

    def forward(self, q, k, v, mask=None):
        h = self.num_heads
        split = lambda x: x.reshape(*x.shape[:2], h, x.shape[2] // h).permute(0, 2, 1, 3)
        q, k, v = split(self.w_q(q)), split(self.w_k(k)), split(self.w_v(v))
        a = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        d = nn.functional.dropout(a, self.p, self.training) @ v
        return self.w_o(d.movedim(1, 2).reshape(d.size(0), d.size(2), -1)), a


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.attn = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        layer_norm = functional.scaled_dot_product_attention(q, k, v, mask)
        return torch.matmul(self.attn(layer_norm), v), layer_norm
