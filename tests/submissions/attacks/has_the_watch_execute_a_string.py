# Has the watch itself execute a string, in which PyTorch's attention is called unwatched.
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
CODE = "found.append(getattr(nn.functional, 'scaled_dot_' + 'product_attention')(*arguments))"


def attend(*arguments):
    found = []
    names = {"found": found, "arguments": arguments, "nn": nn}
    torch.overrides.handle_torch_function(exec, arguments[:1], CODE, names)
    return found[0]


# %%
class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        eye = torch.eye(k.shape[-2], dtype=q.dtype).expand(*q.shape[:-2], k.shape[-2], k.shape[-2])
        weights = attend(q, k, eye, mask)
        return self.dropout(weights) @ v, weights
