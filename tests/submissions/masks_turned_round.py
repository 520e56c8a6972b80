import numpy as np


def causal_mask(num_tokens):
    i, j = np.indices((num_tokens, num_tokens))
    return j > i


def padding_mask(token_ids, pad_id=0):
    return np.equal(token_ids, pad_id)[:, None, None]
