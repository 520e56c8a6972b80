# Executes text with null bytes and other text that is no Python.
# outcome: crashed
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
def softmax(x, axis=-1):
    return eval("\0" + "(" * 100_000)
