# Returns a tuple of a million results, each of which would be described.
# outcome: crashed or wrong or timed out
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
def scaled_dot_product_attention(q, k, v, mask=None):
    return tuple(np.zeros(1) for _ in range(1_000_000))
