# Takes almost the time of one case in every case.
# outcome: timed out
# honest: nothing, because it uses up the time of the whole submission
# %%
import numpy as np

# %%
import time


def softmax(x, axis=-1):
    time.sleep(0.95)
    return np.zeros_like(x)


# %%
def scaled_dot_product_attention(q, k, v, mask=None):
    time.sleep(0.95)
    return np.zeros_like(q), np.zeros_like(q)
