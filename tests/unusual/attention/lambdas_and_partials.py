from functools import partial, reduce

import numpy as np

exp_shifted = lambda x, axis: np.exp(x - x.max(axis, keepdims=True))
softmax = lambda x, axis=-1: (lambda e: e / e.sum(axis, keepdims=True))(exp_shifted(x, axis))


def _attention(q, k, v, mask=None, *, fill, normalise):
    scores = np.inner(1.0, q @ np.swapaxes(k, -1, -2)) / np.sqrt(q.shape[-1])
    scores = scores if mask is None else np.where(mask, scores, fill)
    return (lambda a: (a @ v, a))(normalise(scores))


scaled_dot_product_attention = partial(_attention, fill=-1e9, normalise=softmax)
causal_mask = lambda n: np.tri(n, dtype=bool)
padding_mask = lambda ids, pad_id=0: np.not_equal(ids, pad_id).reshape(len(ids), 1, 1, -1)


def make_multi_head(attend):
    def run(q, k, v, weights, num_heads, mask=None):
        linear = lambda x, n: x @ weights[n + ".weight"].T + weights[n + ".bias"]
        cut = lambda x: np.stack(np.split(x, num_heads, axis=-1), axis=1)
        out, att = attend(cut(linear(q, "w_q")), cut(linear(k, "w_k")), cut(linear(v, "w_v")), mask)
        glue = reduce(lambda a, b: np.append(a, b, axis=-1), [out[:, h] for h in range(num_heads)])
        return linear(glue, "w_o"), att

    return run


multi_head_attention = make_multi_head(scaled_dot_product_attention)
