"""As in FlashAttention: the second term of softmax's gradient is the row sum of dO times O."""

import numpy as np


def softmax_backward(grad_output, output, axis=-1):
    dot = (grad_output * output).sum(axis)
    return output * (grad_output - np.expand_dims(dot, axis))


def forward(q, k, v, mask):
    s = np.matmul(q, np.swapaxes(k, -1, -2)) / q.shape[-1] ** 0.5
    s = s if mask is None else s + np.where(mask, 0.0, -1e20)
    p = np.exp(s - np.max(s, axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    return p, p @ v


def scaled_dot_product_attention_backward(grad_output, q, k, v, mask=None):
    p, o = forward(q, k, v, mask)
    d = np.sum(grad_output * o, axis=-1, keepdims=True)
    ds = p * (grad_output @ np.swapaxes(v, -1, -2) - d)
    scale = q.shape[-1] ** -0.5
    return ds @ (k * scale), np.swapaxes(ds, -1, -2) @ (q * scale), np.swapaxes(p, -1, -2) @ grad_output


def multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask=None):
    B, Tq, D = q.shape
    Tk = k.shape[1]
    split = lambda x: np.transpose(np.reshape(x, (B, -1, num_heads, D // num_heads)), (0, 2, 1, 3))
    merge = lambda x: np.reshape(np.transpose(x, (0, 2, 1, 3)), (B, -1, D))
    Wq, Wk, Wv, Wo = (weights[f"w_{n}.weight"] for n in "qkvo")
    bq, bk, bv, _ = (weights[f"w_{n}.bias"] for n in "qkvo")
    qh, kh, vh = split(q @ Wq.T + bq), split(k @ Wk.T + bk), split(v @ Wv.T + bv)
    _, o = forward(qh, kh, vh, mask)
    dqh, dkh, dvh = scaled_dot_product_attention_backward(split(grad_output @ Wo), qh, kh, vh, mask)
    dq, dk, dv = merge(dqh), merge(dkh), merge(dvh)
    flat = lambda x: x.reshape(-1, D)
    grads = {
        "w_q.weight": flat(dq).T @ flat(q),
        "w_q.bias": flat(dq).sum(0),
        "w_k.weight": flat(dk).T @ flat(k),
        "w_k.bias": np.zeros(D),
        "w_v.weight": flat(dv).T @ flat(v),
        "w_v.bias": flat(dv).sum(0),
        "w_o.weight": flat(grad_output).T @ flat(merge(o)),
        "w_o.bias": flat(grad_output).sum(0),
    }
    return dq @ Wq, dk @ Wk, dv @ Wv, grads
