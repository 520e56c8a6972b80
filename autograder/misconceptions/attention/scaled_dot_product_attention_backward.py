"""Misconceptions about the backward pass of scaled dot-product attention, in NumPy."""

import numpy as np

from autograder.exercise import misconception
from autograder.misconceptions.attention.steps import Attention


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
    """`.T` reverses all axes of a batch. Swap only the last two."""

    def into_v(self, weights, grad_output):
        return weights.T @ grad_output


@misconception()
class BwdSoftmaxSkipped(Attention):
    """The softmax is passed as if it were not there. The gradient of the weights is not yet that of the scores."""

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
    gradient that comes from above."""

    def scaled_dot_product_attention_backward(self, grad_output, q, k, v, mask=None):
        return super().scaled_dot_product_attention_backward(np.ones_like(grad_output), q, k, v, mask)

    def multi_head_attention_backward(self, grad_output, q, k, v, weights, num_heads, mask=None):
        ones = np.ones_like(grad_output)
        return super().multi_head_attention_backward(ones, q, k, v, weights, num_heads, mask)


@misconception()
class BwdOrderOfResults(Attention):
    """The results come in another order. First the gradient of the queries, then that of the keys, then that of the
    values."""

    def scaled_dot_product_attention_backward(self, grad_output, q, k, v, mask=None):
        return super().scaled_dot_product_attention_backward(grad_output, q, k, v, mask)[::-1]

    def multi_head_attention_backward(self, grad_output, q, k, v, weights, num_heads, mask=None):
        *gradients, of_weights = super().multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask)
        return *gradients[::-1], of_weights


@misconception("bwd-mha-mask-lost")
class BwdMaskForgotten(Attention):
    """The weights are computed again without the mask, or multi-head attention does not pass it on. They must be
    exactly those of the forward pass, 0 at hidden keys."""

    def hidden_again(self, scores, mask):
        return scores


@misconception()
class BwdMaskInverted(Attention):
    """The mask is turned round on the way back: what may be seen is hidden. Here True means may attend."""

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
    """`if mask:` asks an array for one truth value, and it has none. Ask `is not None`, on the way back as well."""

    def hidden_again(self, scores, mask):
        return super().hidden_again(scores, mask) if mask else scores
