"""The Jacobian of every row, written out; loops over queries and heads."""

import numpy as np


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax_backward(grad_output, output, axis=-1):
    y, g = np.moveaxis(output, axis, -1), np.moveaxis(grad_output, axis, -1)
    result = np.empty(y.shape)
    for index in np.ndindex(y.shape[:-1]):
        jacobian = np.diag(y[index]) - np.outer(y[index], y[index])
        result[index] = jacobian @ g[index]
    return np.moveaxis(result, -1, axis)


def scaled_dot_product_attention_backward(grad_output, q, k, v, mask=None):
    grads = np.zeros(q.shape), np.zeros(k.shape), np.zeros(v.shape)
    scale = q.shape[-1] ** -0.5
    shape = q.shape[:-1] + k.shape[-2:-1]
    mask = np.ones(shape, dtype=bool) if mask is None else np.broadcast_to(mask, shape)
    for index in np.ndindex(*q.shape[:-1]):
        where = index[:-1]
        row = softmax(np.where(mask[index], k[where] @ q[index] * scale, -np.inf))
        grad_row = softmax_backward(v[where] @ grad_output[index], row)
        grads[0][index] = scale * grad_row @ k[where]
        grads[1][where] += scale * np.outer(grad_row, q[index])
        grads[2][where] += np.outer(row, grad_output[index])
    return grads


def multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask=None):
    W = {name: weights[name + ".weight"] for name in ("w_q", "w_k", "w_v", "w_o")}
    b = {name: weights[name + ".bias"] for name in W}
    d_k = q.shape[-1] // num_heads
    x = {"w_q": q, "w_k": k, "w_v": v}
    y = {name: x[name] @ W[name].T + b[name] for name in x}
    full = None if mask is None else np.broadcast_to(mask, (len(q), num_heads, q.shape[1], k.shape[1]))
    grad_merged = grad_output @ W["w_o"]
    merged = np.empty_like(grad_output)
    grad_y = {name: np.empty(y[name].shape) for name in x}
    for h in range(num_heads):
        part = np.s_[..., h * d_k : (h + 1) * d_k]
        heads = [y[name][part] for name in x]
        m = None if full is None else full[:, h]
        s = heads[0] @ heads[1].swapaxes(-1, -2) / np.sqrt(d_k)
        merged[part] = softmax(s if m is None else np.where(m, s, -1e9)) @ heads[2]
        for name, grad in zip(x, scaled_dot_product_attention_backward(grad_merged[part], *heads, m)):
            grad_y[name][part] = grad
    x["w_o"], grad_y["w_o"] = merged, grad_output
    grad_weights = {}
    for name in weights:
        map_, kind = name.split(".")
        if kind == "weight":
            grad_weights[name] = sum(g.T @ a for g, a in zip(grad_y[map_], x[map_]))
        else:
            grad_weights[name] = grad_y[map_].sum(1).sum(0)
    return *(grad_y[name] @ W[name] for name in ("w_q", "w_k", "w_v")), grad_weights
