# Calls PyTorch's attention in a kernel that it gives to the dispatcher.
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


library = torch.library.Library("mine", "FRAGMENT")
library.define("attend(Tensor q, Tensor k, Tensor v, Tensor? mask) -> Tensor")
library.impl("attend", lambda q, k, v, mask: inner(q, k, v, mask).clone(), "CompositeExplicitAutograd")
attend = torch.ops.mine.attend


# %%
class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        eye = torch.eye(k.shape[-2], dtype=q.dtype).expand(*q.shape[:-2], k.shape[-2], k.shape[-2])
        weights = attend(q.contiguous(), k.contiguous(), eye, mask)
        return self.dropout(weights) @ v, weights
