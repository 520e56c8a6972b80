# Is right in its first call and wrong from the second on.
# outcome: wrong
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
calls = 0


def softmax(x, axis=-1):
    global calls
    calls += 1
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True) if calls == 1 else np.zeros_like(x)
