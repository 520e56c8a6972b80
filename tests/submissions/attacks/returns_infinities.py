# Returns infinities, so that differences become NaN.
# outcome: wrong
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
def softmax(x, axis=-1):
    return np.where(x > 0, np.inf, -np.inf)
