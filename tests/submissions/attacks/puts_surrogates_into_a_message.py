# Raises an exception whose message holds half of a character.
# outcome: crashed
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
def softmax(x, axis=-1):
    raise ValueError("\udfff half of a character")
