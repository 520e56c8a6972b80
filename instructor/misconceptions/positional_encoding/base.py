"""Misconceptions about the base."""

import math

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.positional_encoding.steps import Sinusoids


@misconception()
class PeWrongBase(Sinusoids):
    """The base is 1000. In the paper it is 10,000: add a zero."""

    def base(self):
        return 1000.0


@misconception()
class PeBaseHundredThousand(Sinusoids):
    """The base is 100,000. In the paper it is 10,000: take a zero away."""

    def base(self):
        return 100000.0


@misconception()
class PeNoLogBase(Sinusoids):
    """The frequencies are powers of e: the logarithm of 10000 is missing in the exponent, and so is the division by
    d_model. Either use the power itself, or exp(-log(10000) · 2i / d_model)."""

    def frequencies(self, d_model):
        return np.exp(np.arange(0, d_model, 2).astype(float))


@misconception()
class PeBaseE(Sinusoids):
    """The base is e: exp(-2i / d_model) lacks the factor log(10000) in its exponent."""

    def base(self):
        return math.e


@misconception()
class PeLogBaseTen(Sinusoids):
    """The logarithm inside `exp` has base 10. Use the natural one, `np.log`: exp(log(10000) · y) is 10000^y."""

    def frequencies(self, d_model):
        return np.exp(-math.log10(10000.0) * self.exponents(d_model))


@misconception()
class PeTwoPi(Sinusoids):
    """The angles are multiplied by 2π. In the paper a wave is already 2π positions long: the angle of the first pair is
    the position itself."""

    def frequencies(self, d_model):
        return 2 * math.pi * super().frequencies(d_model)
