"""Split over cells, with a class of the student's own."""

# %% the imports
import numpy as np

# %% a helper
BIG = np.float32(-1e30)


class Linear:
    def __init__(self, weights, name):
        self.w, self.b = weights[f"{name}.weight"], weights[f"{name}.bias"]

    def __call__(self, x):
        return np.dot(x, self.w.T) + self.b


# %%
def split(x, h):
    B, T, D = x.shape
    return np.transpose(np.reshape(x, (B, T, h, D // h)), (0, 2, 1, 3))


def merge(x):
    B, H, T, d = x.shape
    return np.ascontiguousarray(np.transpose(x, axes=(0, 2, 1, 3))).reshape((B, T, H * d))


# %%
def softmax(x, axis=-1):
    y = np.array(x, copy=True)
    y -= np.max(y, axis=axis, keepdims=True)
    np.exp(y, out=y)
    y /= np.sum(y, axis=axis, keepdims=True)
    return y


# %%
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = np.matmul(q, np.swapaxes(k, -1, -2))
    scores *= 1.0 / np.sqrt(np.float32(q.shape[-1]))
    if not (mask is None):
        np.copyto(scores, BIG, where=~mask)
    weights = softmax(scores, axis=scores.ndim - 1)
    return [np.matmul(weights, v), weights]


# %%
def multi_head_attention(q, k, v, weights, num_heads, mask=None):
    layers = {name: Linear(weights, name) for name in ["w_q", "w_k", "w_v", "w_o"]}
    heads, attention_weights = scaled_dot_product_attention(
        split(layers["w_q"](q), num_heads), split(layers["w_k"](k), num_heads), split(layers["w_v"](v), num_heads), mask
    )
    return [layers["w_o"](merge(heads)), attention_weights]
