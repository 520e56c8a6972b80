# Calls abort, which writes a core file where that is allowed.
# outcome: crashed
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
import os


def softmax(x, axis=-1):
    os.abort()
