"""Misconceptions about the columns."""

import numpy as np

from autograder.exercise import misconception
from autograder.misconceptions.positional_encoding.steps import Sinusoids


@misconception()
class PeHalfSplit(Sinusoids):
    """First come all sines, then all cosines. The paper interleaves them: sine in the even columns, cosine in the odd
    ones."""

    def side_by_side(self, first, second):
        return np.concatenate([first, second], axis=1)


@misconception()
class PeSinCosSwapped(Sinusoids):
    """Sine and cosine have changed places. Even columns are sines, so the row of position 0 starts with 0, 1, 0, 1."""

    def columns(self, angles):
        return self.side_by_side(np.cos(angles), np.sin(angles))


@misconception()
class PeSinOnly(Sinusoids):
    """All columns are sines. Each pair needs a sine and a cosine, or else shifting by k positions is no rotation."""

    def columns(self, angles):
        return self.side_by_side(np.sin(angles), np.sin(angles))


@misconception()
class PeCosOnly(Sinusoids):
    """All columns are cosines. Each pair needs a sine and a cosine: even columns are sines."""

    def columns(self, angles):
        return self.side_by_side(np.cos(angles), np.cos(angles))


@misconception()
class PeOddColumnsEmpty(Sinusoids):
    """The odd columns are still 0: the cosines were never written into them."""

    def columns(self, angles):
        return self.side_by_side(np.sin(angles), np.zeros_like(angles))


@misconception()
class PeAnglesReturned(Sinusoids):
    """The table holds the angles themselves. Take the sine in the even columns and the cosine in the odd ones."""

    def columns(self, angles):
        return self.side_by_side(angles, angles)


@misconception()
class PeTransposed(Sinusoids):
    """The table lies on its side. It has a row for each position and a column for each feature: (num_positions,
    d_model)."""

    def positional_encoding(self, num_positions, d_model):
        return np.ascontiguousarray(super().positional_encoding(num_positions, d_model).T)


@misconception()
class PeBatchAxis(Sinusoids):
    """The table has an axis too many, for a batch. The function returns (num_positions, d_model)."""

    def positional_encoding(self, num_positions, d_model):
        return super().positional_encoding(num_positions, d_model)[None]

    def table(self, max_len, d_model):
        return super().table(max_len, d_model)[0]
