"""Misconceptions about softmax."""

import math

import numpy as np

from autograder.exercise import misconception
from autograder.misconceptions.attention.steps import Attention


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
    """The softmax runs over the wrong one of the last two axes. Each query distributes one unit over the keys: rows,
    not columns, sum to 1."""

    def over_keys(self, scores):
        return self.softmax(scores, -2)


@misconception()
class SoftmaxOverHeads(Attention):
    """The softmax runs over axis 1, which is not the axis of the keys (with 4 axes it is the heads'). Say axis -1."""

    def over_keys(self, scores):
        return self.softmax(scores, 1)


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
    """The sum lost its axis: without keepdims it broadcasts along the wrong axis, and only a square matrix hides the
    error."""

    def total(self, exponentials, axis):
        return exponentials.sum(axis=axis)


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
    """The input is changed in place (`x -= …`). The caller still needs that array: make a new one."""

    def shifted(self, x, axis):
        x -= self.xp.amax(x, axis=axis, keepdims=True)
        return x


@misconception()
class SoftmaxInItsInput(Attention):
    """The result is written into the input itself (`np.exp(x, out=x)`, `x /= …`): the caller's array is gone. Make a
    new one."""

    def softmax(self, x, axis=-1):
        if self.xp is not np:
            return super().softmax(x, axis)
        x[...] = super().softmax(x, axis)
        return x


@misconception()
class SoftmaxBaseTwo(Attention):
    """The powers are not powers of e: softmax uses exp, base e."""

    def softmax(self, x, axis=-1):
        return super().softmax(x * math.log(2), axis)


@misconception()
class SoftmaxNotNormalised(Attention):
    """The exponentials are never divided by their sum, so the weights do not sum to 1."""

    def total(self, exponentials, axis):
        return 1.0


@misconception()
class SigmoidWeights(Attention):
    """The weights come from a sigmoid. Weights must compete for one unit: a sigmoid lets every key be 1."""

    def softmax(self, x, axis=-1):
        return 1 / (1 + self.xp.exp(-x))
