import math

import numpy as np
import torch
from torch import nn


def softmax(x, axis=-1):
    shifted = x - x.max(axis=axis, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(axis=axis, keepdims=True)


def scaled_dot_product_attention(q, k, v, mask=None):
    d_k = q.shape[-1]
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(d_k)
    if mask is not None:
        scores = np.where(mask, scores, -1e9)
    attention_weights = softmax(scores, axis=-1)
    output = attention_weights @ v
    return output, attention_weights


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    def linear(x, name):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def split(x):
        batch, tokens, d_model = x.shape
        return x.reshape(batch, tokens, num_heads, d_model // num_heads).transpose(0, 2, 1, 3)

    batch, tokens, d_model = q.shape
    heads, attention_weights = scaled_dot_product_attention(
        split(linear(q, "w_q")), split(linear(k, "w_k")), split(linear(v, "w_v")), mask
    )
    merged = heads.transpose(0, 2, 1, 3).reshape(batch, tokens, d_model)
    return linear(merged, "w_o"), attention_weights


class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        d_k = q.size(-1)
        scores = torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(d_k)
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e9)
        weights = torch.softmax(scores, dim=-1)
        output = self.dropout(weights) @ v
        return output, weights


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads != 0:
            raise ValueError("d_model must be divisible by num_heads")
        self.num_heads = num_heads
        self.d_k = d_model // num_heads
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        batch = q.size(0)
        q = self.w_q(q).view(batch, -1, self.num_heads, self.d_k).transpose(1, 2)
        k = self.w_k(k).view(batch, -1, self.num_heads, self.d_k).transpose(1, 2)
        v = self.w_v(v).view(batch, -1, self.num_heads, self.d_k).transpose(1, 2)
        scores = q @ k.transpose(-2, -1) / math.sqrt(self.d_k)
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e9)
        weights = torch.softmax(scores, dim=-1)
        x = self.dropout(weights) @ v
        x = x.transpose(1, 2).contiguous().view(batch, -1, self.num_heads * self.d_k)
        return self.w_o(x), weights


def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


def padding_mask(token_ids, pad_id=0):
    return (token_ids != pad_id)[:, None, None, :]


def softmax_backward(grad_output, output, axis=-1):
    weighted = (grad_output * output).sum(axis=axis, keepdims=True)
    return output * (grad_output - weighted)


def scaled_dot_product_attention_backward(grad_output, q, k, v, mask=None):
    _, attention_weights = scaled_dot_product_attention(q, k, v, mask)
    grad_v = attention_weights.swapaxes(-1, -2) @ grad_output
    grad_weights = grad_output @ v.swapaxes(-1, -2)
    grad_scores = softmax_backward(grad_weights, attention_weights) / np.sqrt(q.shape[-1])
    grad_q = grad_scores @ k
    grad_k = grad_scores.swapaxes(-1, -2) @ q
    return grad_q, grad_k, grad_v


def multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask=None):
    def linear(x, name):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def split(x):
        batch, tokens, d_model = x.shape
        return x.reshape(batch, tokens, num_heads, d_model // num_heads).transpose(0, 2, 1, 3)

    def merge(x):
        batch, heads, tokens, d_k = x.shape
        return x.transpose(0, 2, 1, 3).reshape(batch, tokens, heads * d_k)

    grad_weights = {}

    def linear_backward(grad, x, name):
        grad_weights[f"{name}.weight"] = np.einsum("bto,bti->oi", grad, x)
        grad_weights[f"{name}.bias"] = grad.sum(axis=(0, 1))
        return grad @ weights[f"{name}.weight"]

    q_heads, k_heads, v_heads = split(linear(q, "w_q")), split(linear(k, "w_k")), split(linear(v, "w_v"))
    heads, _ = scaled_dot_product_attention(q_heads, k_heads, v_heads, mask)
    grad_heads = split(linear_backward(grad_output, merge(heads), "w_o"))
    grads = scaled_dot_product_attention_backward(grad_heads, q_heads, k_heads, v_heads, mask)
    grad_q = linear_backward(merge(grads[0]), q, "w_q")
    grad_k = linear_backward(merge(grads[1]), k, "w_k")
    grad_v = linear_backward(merge(grads[2]), v, "w_v")
    return grad_q, grad_k, grad_v, grad_weights
