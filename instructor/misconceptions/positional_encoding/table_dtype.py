"""Misconceptions about the dtype of the table."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.positional_encoding.steps import Sinusoids


@misconception()
class PeIntDtype(Sinusoids):
    """The table has an integer type (that of the token ids, or of `arange`, or of zeros made with dtype=int), which
    drops everything after the decimal point. Make it a floating-point table."""

    def side_by_side(self, first, second):
        return super().side_by_side(first, second).astype(np.int64)

    def table(self, max_len, d_model):
        import torch

        return torch.from_numpy(self.positional_encoding(max_len, d_model))


@misconception()
class PeSinglePrecision(Sinusoids):
    """The result is always float32. Return float64 in NumPy, and in a module the dtype of the input."""

    def positional_encoding(self, num_positions, d_model):
        return super().positional_encoding(num_positions, d_model).astype(np.float32)

    def add(self, x, rows):
        return super().add(x, rows).float()


@misconception("pe-half-table")
class PeHalfPrecision(Sinusoids):
    """The table is computed in float16, which has only three decimal digits, so distant positions become equal. Compute
    it in float32 or float64."""

    def angles(self, num_positions, d_model):
        exact = self.positions(num_positions)[:, None], self.frequencies(d_model)
        positions, frequencies = (part.astype(np.float16) for part in exact)
        return (positions * frequencies).astype(np.float64)


@misconception()
class PeRounded(Sinusoids):
    """The table is rounded to a few decimals. Keep all digits: in the slow columns neighbours differ by very little."""

    def columns(self, angles):
        return np.round(super().columns(angles), 2)


@misconception()
class PeDoubleTable(Sinusoids):
    """The table stays float64, as NumPy made it, and turns a float32 input into a float64 output. Cast it to x's dtype,
    or make the buffer float32."""

    def table(self, max_len, d_model):
        return super().table(max_len, d_model).double()
