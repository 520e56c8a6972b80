import numpy as np
import torch
from einops import einsum, rearrange
from torch import nn


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    q, k, v = (
        rearrange(x @ weights[f"{n}.weight"].T + weights[f"{n}.bias"], "b t (h d) -> b h t d", h=num_heads)
        for x, n in [(q, "w_q"), (k, "w_k"), (v, "w_v")]
    )
    s = einsum(q, k, "b h i d, b h j d -> b h i j") / np.sqrt(q.shape[-1])
    if mask is not None:
        s = np.where(mask, s, -1e9)
    s = np.exp(s - s.max(-1, keepdims=True))
    a = s / s.sum(-1, keepdims=True)
    o = rearrange(einsum(a, v, "b h i j, b h j d -> b h i d"), "b h t d -> b t (h d)")
    return o @ weights["w_o.weight"].T + weights["w_o.bias"], a


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads:
            raise ValueError(f"{d_model=} is not a multiple of {num_heads=}")
        self.h = num_heads
        self.w_q, self.w_k, self.w_v, self.w_o = (nn.Linear(d_model, d_model) for _ in range(4))
        self.drop = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        split = "b t (h d) -> b h t d"
        q, k, v = (rearrange(w(x), split, h=self.h) for w, x in ((self.w_q, q), (self.w_k, k), (self.w_v, v)))
        scores = einsum(k, q, "b h j d, b h i d -> b h j i") / q.shape[-1] ** 0.5
        if mask is not None:
            scores = scores.masked_fill(rearrange(~mask.expand(scores.mT.shape), "b h i j -> b h j i"), float("-1e9"))
        att = rearrange(scores.softmax(dim=2), "b h j i -> b h i j")
        out = einsum(self.drop(att), v, "b h i j, b h j d -> b h i d")
        return self.w_o(rearrange(out, "b h t d -> b t (h d)")), att
