# Raises NotImplementedError in the name of another exercise.
# outcome: not attempted
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
def helper():
    raise NotImplementedError


def softmax(x, axis=-1):
    return helper()
