"""Misconceptions about softmax."""

import math
from typing import Any

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.attention.steps import Attention


@misconception()
class SoftmaxNoMaxSubtraction(Attention):
    """The exponentials overflow: exp(800) is inf. Subtract each row's maximum first; mathematically it changes
    nothing."""

    def shifted(self, x, axis):
        return x


@misconception()
class SoftmaxMaximumOfAll(Attention):
    """The maximum of the whole array is subtracted. A row that lies far below it underflows to 0/0: subtract each row's
    own maximum."""

    def softmax(self, x, axis=-1):
        exponentials = self.xp.exp(x - x.max())
        return exponentials / self.total(exponentials, axis)


@misconception()
class SoftmaxOverQueries(Attention):
    """The softmax runs over the wrong one of the last two axes. Each query has a total weight of 1 to share among the
    keys: rows, not columns, sum to 1."""

    def over_keys(self, scores):
        return self.softmax(scores, -2)


@misconception()
class SoftmaxOverHeads(Attention):
    """The softmax runs over axis 1, which is not the axis of the keys (with 4 axes it is the heads'). Use axis -1."""

    def over_keys(self, scores):
        return self.softmax(scores, 1)


@misconception()
class SoftmaxOverFirstAxis(Attention):
    """The softmax of the scores runs over axis 0, which is the batch. Use axis -1: each query's weights sum to 1."""

    def over_keys(self, scores):
        return self.softmax(scores, 0)


@misconception()
class SoftmaxOverAll(Attention):
    """The sum runs over the whole array. The weights of each row must sum to 1 on their own."""

    def total(self, exponentials, axis):
        return exponentials.sum()


@misconception()
class SoftmaxOverMatrix(Attention):
    """One softmax is taken over a whole matrix of scores. Each query's row must sum to 1 on its own."""

    def over_keys(self, scores):
        return self.softmax(scores.reshape(*scores.shape[:-2], -1), -1).reshape(scores.shape)


@misconception()
class SoftmaxNoKeepdims(Attention):
    """The sum or the maximum has lost its axis: without keepdims it broadcasts along the wrong axis, and only a square
    matrix hides the error. Use keepdims=True."""

    def total(self, exponentials, axis):
        return exponentials.sum(axis=axis)


@misconception(weight=Weight.SLIP)
class SoftmaxDefaultAxisNone(Attention):
    """`axis` is None when it is left out, so one sum runs over the whole array. Make -1 the default: each row along the
    last axis sums to 1."""

    def softmax(self, x, axis=None):
        axes: Any = tuple(range(x.ndim)) if axis is None else axis
        return super().softmax(x, axes)


@misconception(weight=Weight.SLIP)
class SoftmaxDefaultAxisZero(Attention):
    """`axis` is 0 when it is left out, so columns sum to 1. Make -1 the default: rows along the last axis do."""

    def softmax(self, x, axis=0):
        return super().softmax(x, axis)


@misconception()
class SoftmaxAxisOne(Attention):
    """The axis is always 1 here, which is the last one only where there are two. Use the argument `axis`."""

    def softmax(self, x, axis=-1):
        return super().softmax(x, 1)

    def over_keys(self, scores):
        return Attention.softmax(self, scores, -1)


@misconception()
class SoftmaxSumAlongLastAxis(Attention):
    """The maximum follows `axis`, but the sum always runs along the last axis. Both need the axis that was given."""

    def total(self, exponentials, axis):
        return super().total(exponentials, -1)


@misconception()
class SoftmaxMaximumAlongFirstAxis(Attention):
    """The maximum is taken along axis 0, so the numbers of one row are shifted by different amounts, and the result
    changes. Subtract one number per row: the maximum along `axis`."""

    def shifted(self, x, axis):
        return x - self.xp.amax(x, axis=0, keepdims=True)


@misconception()
class SoftmaxMaximumOfAbsolute(Attention):
    """The largest *absolute* value is subtracted. A row of very negative numbers becomes 0/0 that way: subtract the
    row's maximum itself."""

    def shifted(self, x, axis):
        return x - self.xp.amax(abs(x), axis=axis, keepdims=True)


@misconception()
class SoftmaxMeanSubtracted(Attention):
    """The row's mean is subtracted before exp. A number far above the mean still overflows: subtract the row's
    maximum."""

    def shifted(self, x, axis):
        return x - x.mean(axis=axis, keepdims=True)


@misconception()
class SoftmaxClipped(Attention):
    """The inputs are clipped so that exp doesn't overflow, and beyond the limit all numbers look equal. Subtract the
    row's maximum instead: it changes nothing."""

    def shifted(self, x, axis):
        return self.xp.clip(x, -500.0, 500.0)


@misconception()
class SoftmaxIgnoresAxis(Attention):
    """The argument `axis` is ignored: it is always the last one here. Use the axis that was given."""

    def softmax(self, x, axis=-1):
        return super().softmax(x, -1)


@misconception()
class SoftmaxTwice(Attention):
    """The softmax is applied twice. The first one normalised already; a second one flattens the weights."""

    def softmax(self, x, axis=-1):
        return super().softmax(super().softmax(x, axis), axis)


@misconception()
class SoftmaxMutatesInput(Attention):
    """The input is changed in place (`x -= …`), but the caller still needs it. Make a new array: `x = x - …`."""

    def shifted(self, x, axis):
        x -= self.xp.amax(x, axis=axis, keepdims=True)
        return x


@misconception()
class SoftmaxInItsInput(Attention):
    """The result is written into the input (`np.exp(x, out=x)`, `x /= …`), and the caller loses the original. Make a
    new array."""

    def softmax(self, x, axis=-1):
        if self.xp is not np:
            return super().softmax(x, axis)
        x[...] = super().softmax(x, axis)
        return x


@misconception()
class SoftmaxBaseTwo(Attention):
    """These are not powers of e (powers of 2, for example). Softmax uses exp."""

    def softmax(self, x, axis=-1):
        return super().softmax(x * math.log(2), axis)


@misconception()
class SoftmaxNotNormalised(Attention):
    """The exponentials are not divided by their sum (or by their maximum, which is 1 here), so the weights do not sum
    to 1. Divide by the sum of the row."""

    def total(self, exponentials, axis):
        return 1.0


@misconception()
class SigmoidWeights(Attention):
    """The weights come from a sigmoid, which looks at each number alone. In a softmax, the weights of a row sum to 1:
    divide exp(x) by the row's sum."""

    def softmax(self, x, axis=-1):
        return 1 / (1 + self.xp.exp(-x))


@misconception()
class SoftmaxWithoutExp(Attention):
    """The numbers are divided by their sum as they are: exp is missing. Without it, negative numbers become negative
    weights."""

    def softmax(self, x, axis=-1):
        return x / self.total(x, axis)


@misconception()
class SoftmaxOfMinusX(Attention):
    """The sign of the exponent is wrong, exp(-x): the largest number gets the smallest share. Use exp(x - max)."""

    def softmax(self, x, axis=-1):
        return super().softmax(-x, axis)


@misconception()
class SoftmaxLogarithm(Attention):
    """This is the logarithm of the softmax (`log_softmax`). Return the softmax itself: positive numbers that sum
    to 1."""

    def softmax(self, x, axis=-1):
        return self.xp.log(super().softmax(x, axis))


@misconception(weight=Weight.SLIP)
class SoftmaxEpsilonAdded(Attention):
    """A small number such as 1e-6 is added to the sum, so the weights sum to a bit less than 1. Leave it out: after the
    maximum is subtracted, the sum is at least 1."""

    def total(self, exponentials, axis):
        return super().total(exponentials, axis) + 1e-6


@misconception(weight=Weight.SLIP)
class SoftmaxRounded(Attention):
    """The result is rounded to a few decimals. Return all digits, and round only what you print."""

    def softmax(self, x, axis=-1):
        return self.xp.round(super().softmax(x, axis), decimals=4)


@misconception()
class SoftmaxSinglePrecision(Attention):
    """The result is float32, although float64 came in. Compute in the dtype of the input."""

    def softmax(self, x, axis=-1):
        shares = super().softmax(x, axis)
        return shares.astype("float32") if self.xp is np else shares
