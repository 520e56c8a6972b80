import numpy as np
import torch
from torch import nn


def scaled_dot_product_attention(q, k, v, mask=None):
    q = q / np.sqrt(q.shape[-1])
    logits = q @ k.swapaxes(-1, -2)
    logits = logits if mask is None else np.where(mask, logits, np.finfo(np.float64).min / 2)
    top = logits.max(axis=-1, keepdims=True)
    p = np.exp(logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True)))
    return p @ v, p


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.drop = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        logits = (q * q.shape[-1] ** -0.5) @ k.mT
        if mask is not None:
            logits = torch.where(mask, logits, torch.finfo(logits.dtype).min)
        p = (logits - torch.logsumexp(logits, dim=-1, keepdim=True)).exp()
        return self.drop(p) @ v, p
