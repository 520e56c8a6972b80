# Hands its candidate objects that would run code where they arrive.
# outcome: crashed
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
class Hostile(np.ndarray):
    def __reduce__(self):
        return eval, ("print('leaked')",)

    def __array_finalize__(self, other):
        self.arrived = True


def test_multi_head_attention(candidate):
    for value in (Hostile(2).astype(object), object(), lambda: "leaked", {1: 2}):
        try:
            candidate(value)
        except Exception:
            pass
    raise AssertionError
