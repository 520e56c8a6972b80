# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    positions = np.arange(num_tokens)
    return positions[:, np.newaxis] >= positions[np.newaxis, :]


# %%
def padding_mask(token_ids, pad_id=0):
    return np.expand_dims(np.expand_dims(~(token_ids == pad_id), 1), 1)
