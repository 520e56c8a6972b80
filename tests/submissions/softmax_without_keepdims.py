import numpy as np


def softmax(x, axis=-1):
    e = np.exp(x - np.expand_dims(np.max(x, axis=axis), axis))
    return e / np.sum(e, axis)
