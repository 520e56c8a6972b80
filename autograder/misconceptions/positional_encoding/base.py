"""Misconceptions about the base."""

import math

import numpy as np

from autograder.exercise import misconception
from autograder.misconceptions.positional_encoding.steps import Sinusoids


@misconception()
class PeWrongBase(Sinusoids):
    """The base is 1000. In the paper it is 10 000: one zero is missing."""

    def base(self):
        return 1000.0


@misconception()
class PeBaseHundredThousand(Sinusoids):
    """The base is 100 000. In the paper it is 10 000: there is one zero too many."""

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
    """The logarithm to the base 10 stands inside `exp`. Only the natural logarithm undoes it: exp(log(10000) · y) is
    10000^y."""

    def frequencies(self, d_model):
        return np.exp(-math.log10(10000.0) * self.exponents(d_model))
