# Raises an exception whose class has no name that could be told.
# outcome: crashed
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
class Meta(type):
    @property
    def __name__(cls):
        return object()


class Nameless(Exception, metaclass=Meta):
    pass


def softmax(x, axis=-1):
    raise Nameless
