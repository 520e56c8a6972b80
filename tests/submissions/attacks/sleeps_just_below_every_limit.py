# Takes almost the time of one case in every case.
# outcome: timed out or wrong
# honest: nothing, because it uses up the time of the whole submission
# %%
import numpy as np

# %%
import time


def softmax(x, axis=-1):
    time.sleep(0.95)
    return np.zeros_like(x)
