# Calls PyTorch's attention in the backward pass of a function of its own.
# outcome: forbidden
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
import torch
from torch import nn

inner = getattr(nn.functional, "scaled_dot_" + "product_attention")


class Later(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, work):
        ctx.work = work
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        ctx.work()
        return gradient, None


def attend(*arguments):
    found = []
    with torch.enable_grad():
        x = torch.zeros(1, requires_grad=True)
        Later.apply(x, lambda: found.append(inner(*arguments))).sum().backward()
    return found[0]


# %%
class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        eye = torch.eye(k.shape[-2], dtype=q.dtype).expand(*q.shape[:-2], k.shape[-2], k.shape[-2])
        weights = attend(q.contiguous(), k.contiguous(), eye, mask)
        return self.dropout(weights) @ v, weights
