"""The keys are halved until one is left; partial results are merged as in a tree (maximum, total, weighted sum)."""

import numpy as np
import torch
from torch import nn


def _merge(left, right, xp):
    (ma, ta, sa), (mb, tb, sb) = left, right
    m = xp.maximum(ma, mb)
    ea, eb = xp.exp(ma - m), xp.exp(mb - m)
    return m, ta * ea + tb * eb, sa * ea + sb * eb


def _tree(scores, v, xp):
    n = scores.shape[-1]
    if n == 1:
        return scores, xp.ones_like(scores), xp.ones_like(scores) * v
    cut = n // 2
    return _merge(_tree(scores[..., :cut], v[..., :cut, :], xp), _tree(scores[..., cut:], v[..., cut:, :], xp), xp)


def scaled_dot_product_attention(q, k, v, mask=None):
    scores = np.matmul(q, k.swapaxes(-2, -1)) / np.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -1e30)
    top, total, mixed = _tree(scores, v, np)
    return mixed / total, np.exp(scores - top) / total


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = dropout

    def forward(self, q, k, v, mask=None):
        scores = torch.matmul(q / q.shape[-1] ** 0.5, k.mT)
        if mask is not None:
            scores = torch.where(mask, scores, -1e30)
        top, total, mixed = _tree(scores, v, torch)
        weights = (scores - top).exp() / total
        if self.training and self.dropout > 0:
            return nn.functional.dropout(weights, self.dropout) @ v, weights
        return mixed / total, weights
