"""Misconceptions about shapes and side effects in attention."""

import math

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.attention.steps import Attention


@misconception()
class AttnMutatesQ(Attention):
    """The queries are scaled in place (`q /= …`). The caller's array is changed now: make a new one."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        q /= math.sqrt(q.shape[-1])
        return super().scaled_dot_product_attention(q, k, v, mask)

    def scale(self, scores, q, k, v):
        return scores


@misconception()
class AttnMutatesMask(Attention):
    """The caller's mask is changed in place (`np.logical_not(mask, out=mask)`, `mask.logical_not_()`, `mask[…] = …`).
    Make a new one: `~mask`."""

    def hide(self, scores, mask):
        hidden = super().hide(scores, mask)
        if mask is not None:
            mask[...] = ~mask
        return hidden


@misconception()
class AttnAssumesTqTk(Attention):
    """Queries and keys are given one common length. In cross-attention they have two different ones: take the keys'
    length from `k`."""

    def scores(self, q, k):
        return super().scores(q, k.reshape(*k.shape[:-2], q.shape[-2], k.shape[-1]))


@misconception()
class AttnAssumesDvDk(Attention):
    """The output is given the shape of the queries. Its width is that of the values."""

    def combine(self, weights, v, k):
        return (weights @ v).reshape(*weights.shape[:-1], k.shape[-1])


@misconception("mha-merge-view-needs-contiguous")
class AttnViewOnNoncontiguous(Attention):
    """`.view` needs contiguous memory, and a transposed tensor is not contiguous. Use `.reshape`, or `.contiguous()`
    first."""

    def scores(self, q, k):
        return super().scores(q, k if self.xp is np else k.view(-1).view(k.shape))


@misconception(hurts_training=True)
class AttnDetached(Attention):
    """The weights are cut from the graph (`.detach()`, `.data`, `.numpy()`, `torch.tensor(…)`): no gradient reaches
    queries and keys."""

    def over_keys(self, scores):
        weights = super().over_keys(scores)
        return weights if self.xp is np else weights.detach()


@misconception(hurts_training=True)
class AttnOutputDetached(Attention):
    """The output is cut from the graph (`torch.no_grad()`, or `.detach()` at the end), so nothing before it is trained.
    Leave the gradients on."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        return self.off_the_graph(super().scaled_dot_product_attention(q, k, v, mask))

    def multi_head_attention(self, q, k, v, weights, num_heads, mask=None):
        return self.off_the_graph(super().multi_head_attention(q, k, v, weights, num_heads, mask))

    def off_the_graph(self, results):
        return results if self.xp is np else tuple(x.detach() for x in results)


@misconception(hurts_training=True)
class MhaInputsDetached(Attention):
    """The inputs are cut from the graph before they are projected (`.detach()`, `.data`, `torch.tensor(q)`). The four
    maps are trained, but nothing before them is. Use the inputs as they are."""

    def project_all(self, q, k, v, weights):
        if self.xp is not np:
            q, k, v = q.detach(), k.detach(), v.detach()
        return super().project_all(q, k, v, weights)


@misconception()
class AttnSinglePrecision(Attention):
    """The result is always computed in float32. Keep the dtype of the inputs: float64 in, float64 out."""

    def over_keys(self, scores):
        weights = super().over_keys(scores)
        return weights.astype("float32").astype("float64") if self.xp is np else weights.float().to(scores.dtype)


@misconception()
class WeightsNotReturned(Attention):
    """Only the output is returned. Return the pair (output, attention weights)."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        return super().scaled_dot_product_attention(q, k, v, mask)[0]

    def attend(self, q, k, v, mask):
        return super().scaled_dot_product_attention(q, k, v, mask)

    def multi_head_attention(self, q, k, v, weights, num_heads, mask=None):
        return super().multi_head_attention(q, k, v, weights, num_heads, mask)[0]


@misconception()
class WeightsAreNone(Attention):
    """None is returned in place of the attention weights. Return the pair (output, attention weights)."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        return super().scaled_dot_product_attention(q, k, v, mask)[0], None


@misconception()
class ResultsExchanged(Attention):
    """The two results come in the wrong order. Return the output first, then the attention weights."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        return super().scaled_dot_product_attention(q, k, v, mask)[::-1]

    def attend(self, q, k, v, mask):
        return super().scaled_dot_product_attention(q, k, v, mask)

    def multi_head_attention(self, q, k, v, weights, num_heads, mask=None):
        return super().multi_head_attention(q, k, v, weights, num_heads, mask)[::-1]


@misconception()
class ScoresReturned(Attention):
    """The second result is the scores, not the weights: return what comes out of the softmax."""

    def weights(self, scores, mask):
        self.kept = scores
        return super().weights(scores, mask)

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        return super().scaled_dot_product_attention(q, k, v, mask)[0], self.kept
