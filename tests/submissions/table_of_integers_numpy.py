import numpy as np


def positional_encoding(num_positions, d_model):
    pe = np.zeros((num_positions, d_model), dtype=int)
    for pos in range(num_positions):
        for i in range(d_model // 2):
            angle = pos / 10000 ** (2 * i / d_model)
            pe[pos, 2 * i] = np.sin(angle)
            pe[pos, 2 * i + 1] = np.cos(angle)
    return pe
