# Raises an exception with HTML in its name and in its message.
# outcome: crashed
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
def softmax(x, axis=-1):
    raise type("<script>alert(1)</script>", (Exception,), {})("<img src=x onerror=alert(1)>")
