"""Misconceptions about the positions."""

import numpy as np

from autograder.exercise import misconception
from autograder.misconceptions.positional_encoding.steps import Sinusoids


@misconception()
class PePositionsFromOne(Sinusoids):
    """The positions are counted from 1. The first position is 0, and its row starts with 0, 1, 0, 1."""

    def positions(self, num_positions):
        return np.arange(1, num_positions + 1, dtype=np.float64)


@misconception()
class PePositionsNormalised(Sinusoids):
    """The position is divided by the number of positions, so the same place has another code in a longer table. Use the
    position itself."""

    def positions(self, num_positions):
        return np.arange(num_positions) / num_positions


@misconception()
class PePositionsBackwards(Sinusoids):
    """The positions run backwards. Row 0 belongs to position 0."""

    def positions(self, num_positions):
        return super().positions(num_positions)[::-1]
