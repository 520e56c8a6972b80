# Raises an exception with a traceback of a hundred thousand frames, made by itself.
# outcome: crashed
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
import sys
import types


def softmax(x, axis=-1):
    traceback = None
    for number in range(100_000):
        traceback = types.TracebackType(traceback, sys._getframe(), 0, number + 1)
    raise ValueError("long").with_traceback(traceback)
