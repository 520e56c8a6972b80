"""No loop and no index: partial, reduce, starmap and operators, one expression after the other."""

from functools import partial, reduce
from itertools import chain, product, starmap
from math import cos, sin
from operator import add, methodcaller, mul

import numpy as np
import torch
from torch import nn

compose = lambda *fs: reduce(lambda f, g: lambda *a: g(f(*a)), fs)
both = lambda a: (sin(a), cos(a))
rate = lambda d, i: pow(10000, -2 * i / d)

positional_encoding = lambda num_positions, d_model: np.fromiter(
    chain.from_iterable(
        starmap(compose(mul, both), product(range(num_positions), map(partial(rate, d_model), range(d_model // 2))))
    ),
    dtype=float,
    count=num_positions * d_model,
).reshape(num_positions, d_model)


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.1):
        super().__init__()
        self.register_buffer("steps", torch.tensor(positional_encoding(max_len, d_model)).float())
        self.drop = nn.Dropout(dropout)

    forward = lambda self, x: compose(
        methodcaller("narrow", 0, 0, x.shape[1]), methodcaller("type_as", x), partial(add, x), self.drop
    )(self.steps)
