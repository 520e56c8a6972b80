"""The four matrices, with their biases as a last column, are packed into one array of five axes."""

import numpy as np


def _packed(weights, num_heads):
    both = [np.column_stack([weights[f"w_{n}.weight"], weights[f"w_{n}.bias"]]) for n in "qkv"]
    return np.stack(both).reshape(3, num_heads, -1, both[0].shape[1])


def _with_one(x):
    return np.pad(x, ((0, 0), (0, 0), (0, 1)), constant_values=1.0)


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    W = _packed(weights, num_heads)
    Q, K, V = (np.einsum("bti,hdi->bhtd", _with_one(x), w, optimize=True) for x, w in zip((q, k, v), W))
    S = np.einsum("bhqd,bhkd->bhqk", Q, K, optimize=True) / np.sqrt(W.shape[2])
    if mask is not None:
        S = np.ma.filled(np.ma.array(S, mask=np.broadcast_to(np.logical_not(mask), S.shape)), -1e15)
    A = np.exp(S - np.max(S, axis=-1, keepdims=True))
    A = A / np.einsum("bhqk->bhq", A)[..., np.newaxis]
    O = weights["w_o.weight"].reshape(-1, num_heads, W.shape[2])
    return np.einsum("bhqk,bhkd,ohd->bqo", A, V, O, optimize=True) + weights["w_o.bias"], A


def multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask=None):
    W = _packed(weights, num_heads)
    inputs = [_with_one(x) for x in (q, k, v)]
    Q, K, V = (np.einsum("bti,hdi->bhtd", x, w) for x, w in zip(inputs, W))
    _, A = multi_head_attention(q, k, v, weights, num_heads, mask)
    O = weights["w_o.weight"].reshape(-1, num_heads, W.shape[2])
    dH = np.einsum("bqo,ohd->bhqd", grad_output, O)
    dA = dH @ V.swapaxes(2, 3)
    dS = A * (dA - np.sum(A * dA, -1, keepdims=True)) / np.sqrt(W.shape[2])
    dP = dS @ K, dS.swapaxes(2, 3) @ Q, A.swapaxes(2, 3) @ dH
    dX = [np.einsum("bhtd,hdi->bti", d, w)[..., :-1] for d, w in zip(dP, W)]
    dW = [np.einsum("bhtd,bti->hdi", d, x).reshape(-1, x.shape[-1]) for d, x in zip(dP, inputs)]
    grads = {f"w_{n}.weight": d[:, :-1] for n, d in zip("qkv", dW)} | {
        f"w_{n}.bias": d[:, -1] for n, d in zip("qkv", dW)
    }
    grads["w_o.weight"] = np.einsum("bqo,bhqd->ohd", grad_output, A @ V).reshape(-1, q.shape[-1])
    grads["w_o.bias"] = grad_output.sum((0, 1))
    return *dX, grads
