# Returns generators in place of results.
# outcome: wrong
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
def softmax(x, axis=-1):
    yield np.zeros_like(x)


# %%
def scaled_dot_product_attention(q, k, v, mask=None):
    return (np.zeros(3) for _ in range(2))
