import numpy as np


def softmax(x, axis=-1):
    x = x - np.expand_dims(x.max(axis), axis)
    return np.exp(x) / np.expand_dims(np.exp(x).sum(axis), axis)


def scaled_dot_product_attention(q, k, v, mask=None):
    d_k = q.shape[-1]
    scores = np.matmul(q, np.swapaxes(k, -2, -1)) / np.sqrt(d_k)
    if mask is not None:
        scores = np.where(mask == False, -1e9, scores)  # noqa: E712
    weights = softmax(scores)
    return np.matmul(weights, v), weights


def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    batch, queries, d_model = q.shape
    d_k = d_model // num_heads
    if mask is not None:
        mask = np.broadcast_to(mask, (batch, num_heads, queries, k.shape[1]))
    outputs, all_weights = [], []
    for head in range(num_heads):
        rows = slice(head * d_k, (head + 1) * d_k)
        q_h = q @ weights["w_q.weight"][rows].T + weights["w_q.bias"][rows]
        k_h = k @ weights["w_k.weight"][rows].T + weights["w_k.bias"][rows]
        v_h = v @ weights["w_v.weight"][rows].T + weights["w_v.bias"][rows]
        output, attention = scaled_dot_product_attention(q_h, k_h, v_h, None if mask is None else mask[:, head])
        outputs.append(output)
        all_weights.append(attention)
    concatenated = np.concatenate(outputs, axis=-1)
    return concatenated @ weights["w_o.weight"].T + weights["w_o.bias"], np.stack(all_weights, axis=1)
