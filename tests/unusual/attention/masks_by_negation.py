import numpy as np


def causal_mask(num_tokens):
    return ~np.triu(np.ones((num_tokens, num_tokens)), k=1).astype(bool)


def padding_mask(token_ids, pad_id=0):
    mask = np.ones(token_ids.shape, dtype=bool)
    mask[token_ids == pad_id] = 0
    return np.array(mask[:, None][:, None], order="F")
