"""Misconceptions about the backward pass of scaled dot-product attention, in NumPy."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.attention.steps import Attention


@misconception()
class BwdScaleForgotten(Attention):
    """The scale is lost on the way back. The scores were divided by √d_k, so the gradients of queries *and* keys are
    divided too."""

    def into_q(self, grad_scores, k):
        return grad_scores @ k

    def into_k(self, grad_scores, q):
        return grad_scores.swapaxes(-1, -2) @ q


@misconception()
class BwdScaleForgottenForKeys(Attention):
    """The gradient of the queries is divided by √d_k, that of the keys is not. Both come from the same scaled
    scores."""

    def into_k(self, grad_scores, q):
        return grad_scores.swapaxes(-1, -2) @ q


@misconception()
class BwdScaleForgottenForQueries(Attention):
    """The gradient of the keys is divided by √d_k, that of the queries is not. Both come from the same scaled
    scores: divide both."""

    def into_q(self, grad_scores, k):
        return grad_scores @ k


@misconception()
class BwdScaleByDk(Attention):
    """The gradients of queries and keys are divided by d_k, or twice by √d_k. The scores were divided once by √d_k, and
    so are their gradients."""

    def into_q(self, grad_scores, k):
        return super().into_q(grad_scores, k) / k.shape[-1] ** 0.5

    def into_k(self, grad_scores, q):
        return super().into_k(grad_scores, q) / q.shape[-1] ** 0.5


@misconception()
class BwdScaleMultiplied(Attention):
    """The gradients of queries and keys are multiplied by √d_k. The scores were divided by it, so divide on the way
    back, too."""

    def into_q(self, grad_scores, k):
        return super().into_q(grad_scores, k) * k.shape[-1]

    def into_k(self, grad_scores, q):
        return super().into_k(grad_scores, q) * q.shape[-1]


@misconception()
class BwdScaleForgottenInTheWeights(Attention):
    """The weights are computed again without the scale. They must be exactly those of the forward pass."""

    def weights_again(self, q, k, mask):
        return super().weights_again(q * q.shape[-1] ** 0.5, k, mask)


@misconception()
class BwdOverflow(Attention):
    """The weights are computed again with exponentials that overflow. Subtract each row's maximum first, as in the
    forward pass, or use your softmax."""

    def powers(self, scores):
        return np.exp(scores)


@misconception()
class BwdDkNotTransposed(Attention):
    """The gradient of the keys uses the scores' gradient as it is. Its rows are queries; a key gathers over all
    queries, so it must be transposed."""

    def into_k(self, grad_scores, q):
        return grad_scores @ q / q.shape[-1] ** 0.5


@misconception()
class BwdDvNotTransposed(Attention):
    """The gradient of the values uses the weights as they are. Their rows are queries; a value gathers over all
    queries, so they must be transposed."""

    def into_v(self, weights, grad_output):
        return weights @ grad_output


@misconception()
class BwdTransposesAllAxes(Attention):
    """`.T` reverses all axes of a batch. Swap only the last two: `weights.swapaxes(-1, -2)`."""

    def into_v(self, weights, grad_output):
        return weights.T @ grad_output


@misconception()
class BwdTransposeOfFourAxes(Attention):
    """The weights are transposed as if there were always four axes (`transpose(0, 1, 3, 2)`). There may be any number
    of leading axes: swap the axes -1 and -2."""

    def into_v(self, weights, grad_output):
        return weights.transpose(0, 1, 3, 2) @ grad_output


@misconception()
class BwdTransposeOfThreeAxes(Attention):
    """The weights are transposed as if there were always three axes (`transpose(0, 2, 1)`), and heads are a fourth.
    Swap the axes -1 and -2."""

    def into_v(self, weights, grad_output):
        return weights.transpose(0, 2, 1) @ grad_output


@misconception()
class BwdWeightsOverQueries(Attention):
    """The weights are computed again with a softmax along the queries. Each query's row sums to 1: normalise along the
    last axis, as in the forward pass."""

    def weights_again(self, q, k, mask):
        scores = q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5
        scores = scores if mask is None else self.hidden_again(scores, mask)
        powers = np.exp(scores - scores.max(axis=-2, keepdims=True))
        return powers / powers.sum(axis=-2, keepdims=True)


@misconception()
class BwdSoftmaxAlongQueries(Attention):
    """The backward pass of the softmax runs along the queries. The softmax ran along the keys: use axis -1."""

    def into_scores(self, grad_weights, weights, mask):
        return Attention.softmax_backward(self, grad_weights, weights, -2)


@misconception()
class BwdSoftmaxSkipped(Attention):
    """The softmax is skipped on the way back. The gradient of the weights is not yet that of the scores."""

    def into_scores(self, grad_weights, weights, mask):
        return grad_weights


@misconception()
class BwdValuesUseScores(Attention):
    """The gradient of the values is computed from the gradient of the scores. The output is weights times values: the
    values get the *weights*."""

    def into_scores(self, grad_weights, weights, mask):
        self.kept = super().into_scores(grad_weights, weights, mask)
        return self.kept

    def into_v(self, weights, grad_output):
        return self.kept.swapaxes(-1, -2) @ grad_output


@misconception()
class BwdUpstreamIgnored(Attention):
    """`grad_output` is not used, as if every output counted once. A check with ones does not notice; start with the
    upstream gradient."""

    def scaled_dot_product_attention_backward(self, grad_output, q, k, v, mask=None):
        return super().scaled_dot_product_attention_backward(np.ones_like(grad_output), q, k, v, mask)

    def multi_head_attention_backward(self, grad_output, q, k, v, weights, num_heads, mask=None):
        ones = np.ones_like(grad_output)
        return super().multi_head_attention_backward(ones, q, k, v, weights, num_heads, mask)


@misconception()
class BwdOrderOfResults(Attention):
    """The results come in the opposite order. Return the gradient of the queries first, then that of the keys, then
    that of the values."""

    def scaled_dot_product_attention_backward(self, grad_output, q, k, v, mask=None):
        return super().scaled_dot_product_attention_backward(grad_output, q, k, v, mask)[::-1]

    def multi_head_attention_backward(self, grad_output, q, k, v, weights, num_heads, mask=None):
        *gradients, of_weights = super().multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask)
        return *gradients[::-1], of_weights


@misconception()
class BwdQueriesAndKeysExchanged(Attention):
    """The gradients of queries and keys are exchanged. Return grad_q first, then grad_k, then grad_v."""

    def scaled_dot_product_attention_backward(self, grad_output, q, k, v, mask=None):
        grad_q, grad_k, grad_v = super().scaled_dot_product_attention_backward(grad_output, q, k, v, mask)
        return grad_k, grad_q, grad_v

    def multi_head_attention_backward(self, grad_output, q, k, v, weights, num_heads, mask=None):
        grad_q, grad_k, *others = super().multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask)
        return grad_k, grad_q, *others


@misconception()
class BwdAttnInPlace(Attention):
    """The caller's `grad_output` is changed in place (`/=`, `*=`). Others still need it: make a new array."""

    def scaled_dot_product_attention_backward(self, grad_output, q, k, v, mask=None):
        gradients = super().scaled_dot_product_attention_backward(grad_output, q, k, v, mask)
        grad_output /= q.shape[-1] ** 0.5
        return gradients


@misconception("bwd-mha-mask-lost")
class BwdMaskForgotten(Attention):
    """The weights are computed again without the mask, or multi-head attention does not pass it on. They must be
    exactly those of the forward pass, 0 at hidden keys."""

    def hidden_again(self, scores, mask):
        return scores


@misconception()
class BwdMaskInverted(Attention):
    """On the way back the mask is used the wrong way round: what may be seen is hidden. In this course True means "may
    attend"."""

    def hidden_again(self, scores, mask):
        return np.where(mask, -1e30, scores)


@misconception()
class BwdMaskOnGradientOnly(Attention):
    """Hidden places are set to 0 in the gradient, but the weights are computed without the mask. With the mask in the
    scores the weights are right, and the zeros come by themselves."""

    def hidden_again(self, scores, mask):
        return scores

    def into_scores(self, grad_weights, weights, mask):
        grad_scores = super().into_scores(grad_weights, weights, mask)
        return grad_scores if mask is None else np.where(mask, grad_scores, 0.0)


@misconception()
class BwdMaskFillSmall(Attention):
    """Hidden scores are set to a number like -20 when the weights are computed again: a little gradient leaks through.
    Use the fill of the forward pass; hidden keys get exactly 0."""

    def hidden_again(self, scores, mask):
        return np.where(mask, scores, -20.0)


@misconception()
class BwdAttnTruthiness(Attention):
    """`if mask:` asks an array of many elements for one truth value. Write `if mask is not None:` on the way back as
    well."""

    def hidden_again(self, scores, mask):
        return super().hidden_again(scores, mask) if mask else scores


@misconception()
class BwdMaskAfterSoftmax(Attention):
    """The weights are set to 0 at hidden keys after the softmax, so the visible ones no longer sum to 1. Hide the
    scores before it, as in the forward pass."""

    def weights_again(self, q, k, mask):
        weights = super().weights_again(q, k, None)
        return weights if mask is None else weights * mask


@misconception()
class BwdMaskForgottenForValues(Attention):
    """The gradient of the values uses weights without the mask. Use the same weights, 0 at hidden keys, for all three
    gradients."""

    def weights_again(self, q, k, mask):
        self.unmasked = super().weights_again(q, k, None)
        return super().weights_again(q, k, mask)

    def into_v(self, weights, grad_output):
        return super().into_v(self.unmasked, grad_output)
