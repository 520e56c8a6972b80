import numpy as np


def positional_encoding(num_positions, d_model):
    rates = 1 / np.power(1000, (2 * (np.arange(d_model)[None, :] // 2)) / d_model)
    angles = np.arange(num_positions)[:, None] * rates
    angles[:, 0::2] = np.sin(angles[:, 0::2])
    angles[:, 1::2] = np.cos(angles[:, 1::2])
    return angles
