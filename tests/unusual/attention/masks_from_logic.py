import numpy as np


def causal_mask(num_tokens):
    return np.logical_not(np.triu(np.full((num_tokens, num_tokens), True), 1))


def padding_mask(token_ids, pad_id=0):
    return np.where(token_ids == pad_id, False, True)[:, None, None]
