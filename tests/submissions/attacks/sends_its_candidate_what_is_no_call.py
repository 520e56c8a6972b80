# Goes past the limits of the line to its candidate, and sends what is no call at all.
# outcome: crashed
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
def test_multi_head_attention(candidate):
    line = candidate.__closure__[0].cell_contents
    line._ask({"arguments": {"$argument": "Strided", "fields": {}}, "keywords": [[[]]]})
    raise AssertionError
