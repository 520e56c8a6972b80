"""Masks, scales and head orders are cached, each by all that it depends on; masks are handed out as copies."""

import functools

import numpy as np
import torch
from torch import nn


@functools.cache
def _lower(n):
    return np.greater_equal.outer(np.arange(n), np.arange(n))


def causal_mask(num_tokens):
    return _lower(int(num_tokens)).copy()


@functools.lru_cache(maxsize=64)
def _real(data, dtype, shape, pad_id):
    ids = np.frombuffer(data, dtype=dtype).reshape(shape)
    return (ids != pad_id).reshape(shape[0], 1, 1, shape[1])


def padding_mask(token_ids, pad_id=0):
    return _real(token_ids.tobytes(), token_ids.dtype.str, token_ids.shape, int(pad_id)).copy()


@functools.cache
def _order(features, heads):
    return np.arange(features).reshape(heads, features // heads)


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    order = _order(q.shape[-1], num_heads)

    def heads(x, role):
        y = x @ weights[f"w_{role}.weight"].T + weights[f"w_{role}.bias"]
        return y[:, :, order].transpose(0, 2, 1, 3)

    q, k, v = heads(q, "q"), heads(k, "k"), heads(v, "v")
    scores = q @ k.transpose(0, 1, 3, 2) / order.shape[1] ** 0.5
    if mask is not None:
        scores = np.where(mask, scores, np.full_like(scores, -1e12))
    shares = np.exp(scores - scores.max(3)[..., None])
    shares = shares / shares.sum(3)[..., None]
    joined = np.empty((q.shape[0], q.shape[2], order.size))
    joined[:, :, order] = (shares @ v).transpose(0, 2, 1, 3)
    return joined @ weights["w_o.weight"].T + weights["w_o.bias"], shares


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads:
            raise ValueError(f"{d_model} features in {num_heads} heads leave {d_model % num_heads} over")
        self.w_q, self.w_k = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.w_v, self.w_o = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.num_heads = num_heads
        self.dropout = nn.Dropout(dropout)
        self._lowest = {}

    @functools.cached_property
    def scale(self):
        return (self.w_q.out_features // self.num_heads) ** -0.5

    def lowest(self, like):
        key = like.dtype, like.device
        if key not in self._lowest:
            self._lowest[key] = torch.tensor(torch.finfo(like.dtype).min, dtype=like.dtype, device=like.device)
        return self._lowest[key]

    def forward(self, q, k, v, mask=None):
        b, n, d = q.shape
        q, k, v = (
            f(x).view(b, x.shape[1], self.num_heads, -1) for f, x in ((self.w_q, q), (self.w_k, k), (self.w_v, v))
        )
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) * self.scale
        if mask is not None:
            scores = torch.where(mask, scores, self.lowest(scores))
        weights = torch.softmax(scores, 3)
        mixed = torch.einsum("bhqk,bkhd->bqhd", self.dropout(weights), v)
        return self.w_o(mixed.reshape(b, n, d)), weights
