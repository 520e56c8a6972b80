"""Misconceptions about the scores and their scale."""

import math

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.attention.steps import Attention


@misconception()
class ScaleMissing(Attention):
    """The scores are not divided by √d_k. A dot product of d_k terms has variance d_k; without the root the softmax
    saturates."""

    def scale(self, scores, q, k, v):
        return scores


@misconception("scale-twice")
class ScaleByDk(Attention):
    """The scores are divided by d_k, not by its square root: divide by the standard deviation, not by the variance."""

    def scale(self, scores, q, k, v):
        return scores / q.shape[-1]


@misconception()
class ScaleMultiplied(Attention):
    """The scores are multiplied by √d_k: that makes them larger instead of smaller."""

    def scale(self, scores, q, k, v):
        return scores * math.sqrt(q.shape[-1])


@misconception()
class ScaleByDv(Attention):
    """The scores are divided by √d_v. The dot product runs over the d_k features of queries and keys."""

    def scale(self, scores, q, k, v):
        return scores / math.sqrt(v.shape[-1])


@misconception()
class ScaleByBatch(Attention):
    """The scores are divided by the root of the first axis' length, q.shape[0]. That is the batch: the result would
    change with its size. d_k is the last axis."""

    def scale(self, scores, q, k, v):
        return scores / math.sqrt(q.shape[0])


@misconception()
class ScaleByKeys(Attention):
    """The scores are divided by the root of the number of keys. Scale by √d_k, the length of the vectors that were
    multiplied."""

    def scale(self, scores, q, k, v):
        return scores / math.sqrt(k.shape[-2])


@misconception()
class ScaleByDModel(Attention):
    """The scores are divided by √d_model. Scale by the size of one head, d_k = d_model / num_heads: those vectors were
    multiplied."""

    def attend(self, q, k, v, mask):
        heads = q.shape[1]
        return self.scaled_dot_product_attention(q / math.sqrt(heads), k, v, mask)


@misconception()
class ScaleByQueries(Attention):
    """The scores are divided by the root of the number of queries, q.shape[-2]. d_k is the last axis, q.shape[-1]."""

    def scale(self, scores, q, k, v):
        return scores / math.sqrt(q.shape[-2])


@misconception()
class ScaleByHeads(Attention):
    """The scores are divided by √num_heads. Divide by √d_k, the size of one head: d_k = d_model / num_heads."""

    def attend(self, q, k, v, mask):
        heads, d_k = q.shape[1], q.shape[-1]
        return self.scaled_dot_product_attention(q * math.sqrt(d_k / heads), k, v, mask)


@misconception()
class ScaleFixed(Attention):
    """The scores are always divided by 8, which is √d_k only in the paper's own model, where d_k = 64. Read d_k from
    the queries: q.shape[-1]."""

    def scale(self, scores, q, k, v):
        return scores / 8


@misconception()
class ScaleFourthRoot(Attention):
    """The scores are divided by the fourth root of d_k. That root belongs on both queries and keys; if only one of them
    is divided, or the scores are, use √d_k."""

    def scale(self, scores, q, k, v):
        return scores / q.shape[-1] ** 0.25


@misconception()
class ScaleRoundedDown(Attention):
    """The root of d_k is rounded down to an integer (`int(…)`, `//`, `math.isqrt`), which is right only where d_k is a
    square such as 64. Keep the fraction."""

    def scale(self, scores, q, k, v):
        return scores / math.isqrt(q.shape[-1])


@misconception()
class ScaleAfterSoftmax(Attention):
    """The weights are divided by √d_k after the softmax: then their rows no longer sum to 1. Scale the scores."""

    def weights(self, scores, mask):
        return super().weights(scores, mask) / self.root

    def scale(self, scores, q, k, v):
        self.root = math.sqrt(q.shape[-1])
        return scores


@misconception()
class KtReversesAllAxes(Attention):
    """`k.T` reverses all axes of a batch. Swap only the last two."""

    def scores(self, q, k):
        return q @ (k.T if self.xp is np else k.permute(*reversed(range(k.ndim))))


@misconception()
class ScoresKqt(Attention):
    """The scores are K Qᵀ instead of Q Kᵀ. Rows must be queries, columns keys."""

    def scores(self, q, k):
        return k @ self.xp.swapaxes(q, -1, -2)


@misconception()
class ScoresCosine(Attention):
    """Queries and keys are normalised to length 1 first. The paper multiplies the vectors as they are."""

    def scores(self, q, k):
        return super().scores(self.unit(q), self.unit(k))

    def unit(self, x):
        return x / (x * x).sum(axis=-1, keepdims=True) ** 0.5


@misconception()
class ValuesAreKeys(Attention):
    """The keys are averaged, and `v` is never used. Multiply the weights by the values: weights @ v."""

    def combine(self, weights, v, k):
        return weights @ k


@misconception()
class ValuesSummed(Attention):
    """The values are averaged with equal weights. Multiply them by the attention weights: weights @ v."""

    def combine(self, weights, v, k):
        return 0 * (weights @ v) + v.mean(axis=-2, keepdims=True)


@misconception()
class WeightsTransposedForValues(Attention):
    """The weights are transposed before they meet the values. Each row belongs to a query already: use weights @ v."""

    def combine(self, weights, v, k):
        return self.xp.swapaxes(weights, -1, -2) @ v


@misconception()
class AttnNoSoftmax(Attention):
    """The softmax is missing: the scores themselves are used as weights. Put them through a softmax over the keys."""

    def over_keys(self, scores):
        return scores


@misconception()
class AttnEqualWeights(Attention):
    """Every key gets the same weight, 1 / (number of keys): the scores are not used. Take the softmax of the scores."""

    def over_keys(self, scores):
        return 0 * scores + 1 / scores.shape[-1]
