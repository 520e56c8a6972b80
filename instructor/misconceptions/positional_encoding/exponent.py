"""Misconceptions about the exponent."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.positional_encoding.steps import Sinusoids


@misconception("pe-i-not-2i", "pe-base-hundred")
class PeExponentHalved(Sinusoids):
    """The exponent is half of what it should be: it is 2i / d_model for the pair i, not i / d_model (or the base is
    100, which is the same mistake)."""

    def exponents(self, d_model):
        return np.arange(d_model // 2) / d_model


@misconception("pe-double-2i")
class PeExponentDoubled(Sinusoids):
    """The exponent is doubled: where the index already runs over 0, 2, 4, … it is the paper's 2i, and must not be
    multiplied by 2 once more."""

    def exponents(self, d_model):
        return 2 * np.arange(0, d_model, 2) / d_model


@misconception("pe-all-frequencies-one")
class PeIntegerDivision(Sinusoids):
    """All pairs have the same frequency, 1: the exponent is always 0. Either `//` cut it off (use `/`), or the position
    was never divided by a power of 10000."""

    def exponents(self, d_model):
        return np.arange(0, d_model, 2) // d_model


@misconception()
class PeOnePower(Sinusoids):
    """Every pair has the same frequency, 1/10000: the exponent is always 1 (or there is none). It grows with the pair
    i: 2i / d_model."""

    def exponents(self, d_model):
        return np.ones(d_model // 2)


@misconception()
class PeDividedOutsideThePower(Sinusoids):
    """The division by d_model is outside the power: 10000 ** (2i) / d_model. It belongs in the exponent: 10000 ** (2i /
    d_model)."""

    def angles(self, num_positions, d_model):
        powers = self.base() ** np.arange(0, d_model, 2).astype(float) / d_model
        return self.positions(num_positions)[:, None] / powers


@misconception()
class PeExponentNotDivided(Sinusoids):
    """The exponent is 2i alone. Divide it by d_model, so that it runs from 0 to nearly 1, whatever the width is."""

    def exponents(self, d_model):
        return np.arange(0, d_model, 2).astype(float)


@misconception()
class PeExponentPerColumn(Sinusoids):
    """Every column has an exponent of its own. The columns 2i and 2i + 1 are a pair and share the exponent 2i /
    d_model: sine and cosine of the same angle."""

    def positional_encoding(self, num_positions, d_model):
        column = np.arange(d_model)
        angles = self.positions(num_positions)[:, None] / self.base() ** (column / d_model)
        return np.where(column % 2 == 0, np.sin(angles), np.cos(angles))


@misconception()
class PeExponentPerColumnDoubled(Sinusoids):
    """The column's own number is taken for i, so the exponents are 2 · column / d_model. The columns 2i and 2i + 1
    share one exponent, 2i / d_model: halve the column's number first, and round down."""

    def positional_encoding(self, num_positions, d_model):
        column = np.arange(d_model)
        angles = self.positions(num_positions)[:, None] / self.base() ** (2 * column / d_model)
        return np.where(column % 2 == 0, np.sin(angles), np.cos(angles))


@misconception()
class PeCosineOneAhead(Sinusoids):
    """The cosine takes the frequency of the next pair, 2(i + 1) / d_model. The sine and the cosine of a pair share one
    angle: compute it once."""

    def positional_encoding(self, num_positions, d_model):
        angles = self.angles(num_positions, d_model)
        ahead = angles / self.base() ** (2 / d_model)
        return self.side_by_side(np.sin(angles), np.cos(ahead))


@misconception()
class PeFrequenciesBackwards(Sinusoids):
    """The frequencies run from slow to fast. Pair 0 is the fastest: its angle is the position itself."""

    def exponents(self, d_model):
        return super().exponents(d_model)[::-1]


@misconception()
class PeExponentUpToOne(Sinusoids):
    """The exponents run from 0 to exactly 1, spread evenly over the pairs. The paper divides 2i by d_model, so the last
    one stays below 1."""

    def exponents(self, d_model):
        return np.linspace(0, 1, d_model // 2)


@misconception()
class PeExponentFromOne(Sinusoids):
    """The pairs are counted from 1. The first pair is i = 0: its exponent is 0 and its angle is the position itself."""

    def exponents(self, d_model):
        return np.arange(2, d_model + 1, 2) / d_model


@misconception("pe-sign-of-the-logarithm")
class PeMultiplied(Sinusoids):
    """The position is multiplied by 10000^(2i/d_model) (or the minus is missing in exp(-log(10000) · 2i / d_model)).
    Divide: the waves become longer with i."""

    def exponents(self, d_model):
        return -super().exponents(d_model)
