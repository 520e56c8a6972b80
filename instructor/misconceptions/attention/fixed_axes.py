"""Misconceptions about the number of axes in attention."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.attention.steps import Attention


@misconception()
class AttnOnly4d(Attention):
    """The code unpacks exactly four axes. There may be any number of leading axes: index from the end, -1 and -2."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        _batch, _heads, _tokens, _d_k = q.shape
        return super().scaled_dot_product_attention(q, k, v, mask)


@misconception()
class AttnOnly3d(Attention):
    """The code unpacks exactly three axes, and heads are a fourth. There may be any number of leading axes: take d_k
    from q.shape[-1]."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        _batch, _tokens, _d_k = q.shape
        return super().scaled_dot_product_attention(q, k, v, mask)

    def attend(self, q, k, v, mask):
        return Attention.scaled_dot_product_attention(self, q, k, v, mask)


@misconception()
class KtSwapsTwoAndThree(Attention):
    """The keys are transposed as if they always had four axes (`transpose(2, 3)`, `(0, 1, 3, 2)`). There may be any
    number of leading axes: swap the axes -2 and -1."""

    def scores(self, q, k):
        return q @ (k.transpose(0, 1, 3, 2) if self.xp is np else k.transpose(2, 3))


@misconception()
class KtSwapsOneAndTwo(Attention):
    """The keys are transposed as if they always had three axes (`transpose(1, 2)`, `(0, 2, 1)`). With heads there are
    four: swap the axes -2 and -1."""

    def scores(self, q, k):
        return q @ (k.transpose(0, 2, 1) if self.xp is np else k.transpose(1, 2))

    def attend(self, q, k, v, mask):
        own = Attention(self.xp, self.dropout_rate, self.training)
        return own.scaled_dot_product_attention(q, k, v, mask)


@misconception()
class EinsumOfFourAxes(Attention):
    """The einsum names exactly four axes, such as "bhqd,bhkd->bhqk". There may be any number of leading axes: write
    "...qd,...kd->...qk", or use @."""

    def scores(self, q, k):
        return self.xp.einsum("bhqd,bhkd->bhqk", q, k)


@misconception()
class EinsumOfThreeAxes(Attention):
    """The einsum names exactly three axes, such as "bqd,bkd->bqk", and heads are a fourth. Write "...qd,...kd->...qk",
    or use @."""

    def scores(self, q, k):
        return self.xp.einsum("bqd,bkd->bqk", q, k)
