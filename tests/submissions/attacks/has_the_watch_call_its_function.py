# Has the watch itself call a function, in which PyTorch's attention is called unwatched.
# outcome: forbidden
# honest: causal_mask
# %%
import numpy as np
import torch
from torch import nn


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
def attend(*arguments):
    return getattr(nn.functional, "scaled_dot_" + "product_attention")(*arguments)


# %%
class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        eye = torch.eye(k.shape[-2], dtype=q.dtype).expand(*q.shape[:-2], k.shape[-2], k.shape[-2])
        weights = torch.overrides.handle_torch_function(attend, (q,), q, k, eye, mask)
        return self.dropout(weights) @ v, weights
