# Raises exceptions that are no Exception.
# outcome: crashed
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
def softmax(x, axis=-1):
    raise GeneratorExit


# %%
def scaled_dot_product_attention(q, k, v, mask=None):
    raise StopIteration


# %%
def padding_mask(token_ids, pad_id=0):
    raise BaseException("none of the usual ones")
