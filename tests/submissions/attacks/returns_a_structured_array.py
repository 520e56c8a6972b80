# Returns an array of a structured dtype with a hostile field name.
# outcome: wrong
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
def softmax(x, axis=-1):
    return np.zeros(x.shape, dtype=[("<script>alert(1)</script>", "f8")])
