# Takes the attention among the operators for ONNX.
# outcome: forbidden
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
import math, torch, numpy as np
from torch import nn

import torch.onnx.ops as oo


def attend(q, k, v, mask):
    r = lambda t: t.reshape(-1, 1, *t.shape[-2:])
    m = None if mask is None else mask.expand(*q.shape[:-1], k.shape[-2]).reshape(-1, 1, q.shape[-2], k.shape[-2])
    return oo.attention(r(q), r(k), r(v), m)[0].reshape(*q.shape[:-1], v.shape[-1])


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        eye = torch.eye(k.shape[-2], dtype=q.dtype).expand(*q.shape[:-2], k.shape[-2], k.shape[-2])
        weights = attend(q.contiguous(), k.contiguous(), eye, mask)
        return self.dropout(weights) @ v, weights
