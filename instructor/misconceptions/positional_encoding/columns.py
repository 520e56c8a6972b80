"""Misconceptions about the columns."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.positional_encoding.steps import Sinusoids


@misconception()
class PeHalfSplit(Sinusoids):
    """First come all sines, then all cosines. The paper interleaves them: sine in the even columns, cosine in the odd
    ones."""

    def side_by_side(self, first, second):
        return np.concatenate([first, second], axis=1)


@misconception()
class PeSinCosSwapped(Sinusoids):
    """Sine and cosine are exchanged. Put the sines in the even columns: the row of position 0 starts with 0, 1, 0,
    1."""

    def columns(self, angles):
        return self.side_by_side(np.cos(angles), np.sin(angles))


@misconception()
class PeSinOnly(Sinusoids):
    """All columns are sines. Each pair needs a sine and a cosine: put cosines in the odd columns."""

    def columns(self, angles):
        return self.side_by_side(np.sin(angles), np.sin(angles))


@misconception()
class PeCosOnly(Sinusoids):
    """All columns are cosines. Each pair needs a sine and a cosine: even columns are sines."""

    def columns(self, angles):
        return self.side_by_side(np.cos(angles), np.cos(angles))


@misconception()
class PeOddColumnsEmpty(Sinusoids):
    """The odd columns are still 0. Write the cosines into them: `table[:, 1::2] = np.cos(…)`."""

    def columns(self, angles):
        return self.side_by_side(np.sin(angles), np.zeros_like(angles))


@misconception()
class PeCosinesOverSines(Sinusoids):
    """The cosines are written over the sines, into the even columns, and the odd ones are still 0. The cosines belong
    there: `table[:, 1::2] = np.cos(…)`."""

    def columns(self, angles):
        return self.side_by_side(np.cos(angles), np.zeros_like(angles))


@misconception()
class PeSecondHalfEmpty(Sinusoids):
    """The right half of the columns is still 0: the loop over the features ends halfway. It runs over all d_model
    columns, or over d_model / 2 pairs of two."""

    def columns(self, angles):
        table = super().columns(angles)
        table[:, table.shape[1] // 2 :] = 0
        return table


@misconception()
class PeAlternatesByPosition(Sinusoids):
    """Sine and cosine alternate from position to position. They alternate from column to column: even columns are
    sines, odd ones cosines."""

    def columns(self, angles):
        even = np.arange(len(angles))[:, None] % 2 == 0
        alternating = np.where(even, np.sin(angles), np.cos(angles))
        return self.side_by_side(alternating, alternating)


@misconception()
class PeReshaped(Sinusoids):
    """The angles are computed as (pairs, positions) and brought into shape by a reshape, which mixes them. Make
    positions the rows from the start: positions[:, None]."""

    def angles(self, num_positions, d_model):
        return super().angles(num_positions, d_model).T.reshape(num_positions, d_model // 2)


@misconception()
class PeOneUnderTheOther(Sinusoids):
    """The cosines are below the sines: the table has twice as many rows, and half of the columns. Put them side by
    side, in turn."""

    def side_by_side(self, first, second):
        return np.concatenate([first, second], axis=0)


@misconception()
class PeAnglesReturned(Sinusoids):
    """The table holds the angles themselves. Put the sine into the even columns and the cosine into the odd ones."""

    def columns(self, angles):
        return self.side_by_side(angles, angles)


@misconception()
class PeTransposed(Sinusoids):
    """The table is transposed. Return a row for each position and a column for each feature: (num_positions,
    d_model)."""

    def positional_encoding(self, num_positions, d_model):
        return np.ascontiguousarray(super().positional_encoding(num_positions, d_model).T)


@misconception()
class PeBatchAxis(Sinusoids):
    """The table has one axis too many, for a batch. Return the shape (num_positions, d_model)."""

    def positional_encoding(self, num_positions, d_model):
        return super().positional_encoding(num_positions, d_model)[None]

    def table(self, max_len, d_model):
        return super().table(max_len, d_model)[0]


@misconception(weight=Weight.NOTHING_LEFT)
class PeZeros(Sinusoids):
    """The table holds only zeros (or what is computed is never added). Fill its even columns with sines and the odd
    ones with cosines."""

    def positional_encoding(self, num_positions, d_model):
        return np.zeros((num_positions, d_model))
