# Returns one array again and again and fills it anew, so that earlier results change.
# outcome: wrong
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
shared = {}


def softmax(x, axis=-1):
    result = shared.setdefault(x.shape, np.zeros_like(x))
    result += 1
    return result
