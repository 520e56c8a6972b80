"""Everything as einsum; keys come first in the scores; the mask also on the gradient."""

import math

import numpy as np


def softmax_backward(grad_output, output, axis=-1):
    weighted = np.multiply(output, grad_output)
    return weighted - output * np.sum(weighted, axis=axis, keepdims=True)


def attend(q, k, mask):
    scores = np.einsum("...kd,...qd->...qk", k, q * (1 / math.sqrt(q.shape[-1])))
    if mask is not None:
        scores = np.where(mask, scores, np.finfo(float).min)
    scores = scores - scores.max(-1, keepdims=True)
    return np.exp(scores - np.log(np.exp(scores).sum(-1, keepdims=True)))


def scaled_dot_product_attention_backward(grad_output, q, k, v, mask=None):
    a = attend(q, k, mask)
    ds = softmax_backward(np.einsum("...qd,...kd->...qk", grad_output, v), a)
    if mask is not None:
        ds = ds * mask
    ds = ds / math.sqrt(q.shape[-1])
    return (
        np.einsum("...qk,...kd->...qd", ds, k),
        np.einsum("...qk,...qd->...kd", ds, q),
        np.einsum("...qk,...qd->...kd", a, grad_output),
    )


def multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask=None):
    shape = lambda n: weights[f"w_{n}.weight"].reshape(num_heads, -1, q.shape[-1])
    project = lambda x, n: np.einsum("bti,hdi->bhtd", x, shape(n)) + weights[f"w_{n}.bias"].reshape(num_heads, 1, -1)
    heads = [project(x, n) for x, n in zip((q, k, v), "qkv")]
    W_o = weights["w_o.weight"].reshape(q.shape[-1], num_heads, -1)
    seen = attend(heads[0], heads[1], mask) @ heads[2]
    by_head = np.einsum("bto,ohd->bhtd", grad_output, W_o)
    grads = scaled_dot_product_attention_backward(by_head, *heads, mask)
    found = {"w_o.weight": np.einsum("bto,bhtd->ohd", grad_output, seen).reshape(q.shape[-1], -1)}
    found["w_o.bias"] = np.einsum("bto->o", grad_output)
    for g, x, n in zip(grads, (q, k, v), "qkv"):
        found[f"w_{n}.weight"] = np.einsum("bhtd,bti->hdi", g, x).reshape(q.shape[-1], -1)
        found[f"w_{n}.bias"] = np.einsum("bhtd->hd", g).reshape(-1)
    grad_inputs = [np.einsum("bhtd,hdi->bti", g, shape(n)) for g, n in zip(grads, "qkv")]
    return [*grad_inputs, found]
