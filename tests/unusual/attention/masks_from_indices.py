import numpy as np


def causal_mask(num_tokens: int) -> np.ndarray:
    return np.fromfunction(lambda i, j: j <= i, (num_tokens, num_tokens), dtype=int)


def padding_mask(token_ids: np.ndarray, pad_id: int = 0) -> np.ndarray:
    return np.isin(token_ids, [pad_id], invert=True)[:, np.newaxis, np.newaxis, :]
