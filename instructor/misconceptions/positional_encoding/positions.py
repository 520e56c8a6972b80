"""Misconceptions about the positions."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.positional_encoding.steps import Sinusoids


@misconception()
class PePositionsFromOne(Sinusoids):
    """The positions are counted from 1. The first position is 0, and its row starts with 0, 1, 0, 1."""

    def positions(self, num_positions):
        return np.arange(1, num_positions + 1, dtype=np.float64)


@misconception()
class PePositionsNormalised(Sinusoids):
    """The position is divided by the number of positions, so the same position gets other numbers in a longer table.
    Use the position itself."""

    def positions(self, num_positions):
        return np.arange(num_positions) / num_positions


@misconception()
class PePositionsBackwards(Sinusoids):
    """The positions run backwards. Row 0 belongs to position 0."""

    def positions(self, num_positions):
        return super().positions(num_positions)[::-1]


@misconception()
class PePositionsDividedByWidth(Sinusoids):
    """The position is divided by d_model. Only the exponent is: use the position itself."""

    def angles(self, num_positions, d_model):
        return super().angles(num_positions, d_model) / d_model


@misconception()
class PeFirstRowZeros(Sinusoids):
    """The first row holds only zeros, as if it belonged to padding. Position 0 is the first token: its row is 0, 1, 0,
    1 and so on."""

    def positional_encoding(self, num_positions, d_model):
        table = super().positional_encoding(num_positions, d_model)
        table[0] = 0
        return table


@misconception()
class PeLastRowMissing(Sinusoids):
    """The last row is still 0: the loop over the positions ends one too early. Use `range(num_positions)`."""

    def positional_encoding(self, num_positions, d_model):
        table = super().positional_encoding(num_positions, d_model)
        table[-1] = 0
        return table
