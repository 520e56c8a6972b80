"""Misconceptions that leave nothing of the exercise: the input, zeros, or everything visible."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.attention.steps import Attention


@misconception(weight=Weight.NOTHING_LEFT)
class SoftmaxReturnsInput(Attention):
    """The numbers come back as they went in. Return exp(x) divided by its sum along the axis."""

    def softmax(self, x, axis=-1):
        return x

    def over_keys(self, scores):
        return Attention.softmax(self, scores, -1)


@misconception(weight=Weight.NOTHING_LEFT)
class SoftmaxZeros(Attention):
    """The result is 0 everywhere: the array was made and never filled. Return exp(x) divided by its sum along the
    axis."""

    def softmax(self, x, axis=-1):
        return np.zeros(x.shape)

    def over_keys(self, scores):
        return Attention.softmax(self, scores, -1)


@misconception(weight=Weight.NOTHING_LEFT)
class AttnZeros(Attention):
    """Output and weights are 0 everywhere: the arrays were made and never filled. Compute the weights from the scores,
    and the output from the weights."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        output, weights = super().scaled_dot_product_attention(q, k, v, mask)
        return self.xp.zeros_like(output), self.xp.zeros_like(weights)

    def multi_head_attention(self, q, k, v, weights, num_heads, mask=None):
        output, attention_weights = super().multi_head_attention(q, k, v, weights, num_heads, mask)
        return self.xp.zeros_like(output), self.xp.zeros_like(attention_weights)


@misconception(weight=Weight.NOTHING_LEFT)
class AttnReturnsQueries(Attention):
    """The queries are returned, and nothing is attended to. Return the mean of the values, weighted by the attention
    weights."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        return q, None

    def multi_head_attention(self, q, k, v, weights, num_heads, mask=None):
        return q, None


@misconception(weight=Weight.NOTHING_LEFT)
class CausalNothing(Attention):
    """The mask is False everywhere, so no query sees anything. Set the lower triangle to True, with the diagonal."""

    def causal_mask(self, num_tokens):
        return np.zeros((num_tokens, num_tokens), dtype=bool)


@misconception(weight=Weight.NOTHING_LEFT)
class PaddingEverything(Attention):
    """The mask is True everywhere, so padding is visible. Set it to False where the id is `pad_id`."""

    def padding_mask(self, token_ids, pad_id=0):
        return np.ones_like(super().padding_mask(token_ids, pad_id))


@misconception(weight=Weight.NOTHING_LEFT)
class PaddingReturnsIds(Attention):
    """The token ids themselves are returned. Compare them with `pad_id`: that gives True and False."""

    def padding_mask(self, token_ids, pad_id=0):
        return token_ids[:, None, None, :]


@misconception(weight=Weight.NOTHING_LEFT)
class BwdSoftmaxReturnsUpstream(Attention):
    """`grad_output` is returned as it is, as if softmax changed nothing. Subtract the row's weighted mean from it, and
    multiply by `output`."""

    def softmax_backward(self, grad_output, output, axis=-1):
        return grad_output

    def into_scores(self, grad_weights, weights, mask):
        return Attention.softmax_backward(self, grad_weights, weights)


@misconception(weight=Weight.NOTHING_LEFT)
class BwdAttnZeros(Attention):
    """All gradients are 0: the arrays were made and never filled. Go back through the forward pass, step by step."""

    def scaled_dot_product_attention_backward(self, grad_output, q, k, v, mask=None):
        return tuple(np.zeros_like(x) for x in (q, k, v))

    def multi_head_attention_backward(self, grad_output, q, k, v, weights, num_heads, mask=None):
        gradients = {name: np.zeros_like(array) for name, array in weights.items()}
        return *(np.zeros_like(x) for x in (q, k, v)), gradients
