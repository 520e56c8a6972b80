"""Misconceptions about shapes and side effects in attention."""

import math

import numpy as np

from autograder.exercise import misconception
from autograder.misconceptions.attention.steps import Attention


@misconception()
class AttnMutatesQ(Attention):
    """The queries are scaled in place (`q /= …`). The caller's array is changed now: make a new one."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        q /= math.sqrt(q.shape[-1])
        return super().scaled_dot_product_attention(q, k, v, mask)

    def scale(self, scores, q, k, v):
        return scores


@misconception()
class AttnAssumesTqTk(Attention):
    """Queries and keys are given one common length. Cross-attention has two."""

    def scores(self, q, k):
        return super().scores(q, k.reshape(*k.shape[:-2], q.shape[-2], k.shape[-1]))


@misconception()
class AttnAssumesDvDk(Attention):
    """The output is given the shape of the queries. Its width is that of the values."""

    def combine(self, weights, v, k):
        return (weights @ v).reshape(*weights.shape[:-1], k.shape[-1])


@misconception()
class AttnOnly4d(Attention):
    """The code unpacks exactly four axes. Leading axes are free: index from the end, -1 and -2."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        _batch, _heads, _tokens, _d_k = q.shape
        return super().scaled_dot_product_attention(q, k, v, mask)


@misconception()
class AttnViewOnNoncontiguous(Attention):
    """`.view` needs contiguous memory, and a transposed tensor has none. Use `.reshape`, or `.contiguous()` first."""

    def scores(self, q, k):
        return super().scores(q, k if self.xp is np else k.view(-1).view(k.shape))


@misconception()
class AttnDetached(Attention):
    """The weights are cut from the graph (`.detach()`, `.data`, `.numpy()`, `torch.tensor(…)`): no gradient reaches
    queries and keys."""

    def over_keys(self, scores):
        weights = super().over_keys(scores)
        return weights if self.xp is np else weights.detach()


@misconception()
class AttnSinglePrecision(Attention):
    """The result is always float32. What comes in goes out: keep the dtype of the inputs."""

    def over_keys(self, scores):
        weights = super().over_keys(scores)
        return weights.astype("float32").astype("float64") if self.xp is np else weights.float().to(scores.dtype)


@misconception()
class WeightsNotReturned(Attention):
    """Only the output is returned. The contract asks for the pair (output, attention weights)."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        return super().scaled_dot_product_attention(q, k, v, mask)[0]

    def attend(self, q, k, v, mask):
        return super().scaled_dot_product_attention(q, k, v, mask)

    def multi_head_attention(self, q, k, v, weights, num_heads, mask=None):
        return super().multi_head_attention(q, k, v, weights, num_heads, mask)[0]


@misconception()
class ScoresReturned(Attention):
    """The second result is the scores, not the weights: return what comes out of the softmax."""

    def weights(self, scores, mask):
        self.kept = scores
        return super().weights(scores, mask)

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        return super().scaled_dot_product_attention(q, k, v, mask)[0], self.kept
