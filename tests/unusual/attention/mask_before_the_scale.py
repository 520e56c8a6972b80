import numpy as np
import torch
from torch import nn


def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.swapaxes(-1, -2)
    if mask is not None:
        scores[~np.broadcast_to(mask, scores.shape)] = -1e9
    scores = scores / np.sqrt(q.shape[-1])
    e = np.exp(scores - np.amax(scores, -1)[..., np.newaxis])
    weights = e / np.sum(e, -1)[..., np.newaxis]
    return weights @ v, weights


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout: float = 0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        scores = q @ k.transpose(-2, -1)
        if mask is not None:
            scores = scores.masked_fill(mask == False, -1e9)  # noqa: E712
        weights = torch.nn.functional.softmax(scores / q.shape[-1] ** 0.5, dim=-1)
        return self.dropout(weights) @ v, weights
