# Replaces the writer of arrays by one that writes none.
# outcome: wrong or crashed
# honest: nothing, because its arrays are lost too
# %%
import numpy as np

# %%
import safetensors.numpy

from autograder.protocol import wire

wire.save = safetensors.numpy.save = lambda arrays, *a: b""


# %%
def softmax(x, axis=-1):
    return np.zeros_like(x)
