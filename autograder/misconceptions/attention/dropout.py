"""Misconceptions about dropout of the attention weights."""

from autograder.exercise import misconception
from autograder.misconceptions.attention.steps import Attention


@misconception()
class AttnDropoutBeforeSoftmax(Attention):
    """Dropout is applied to the scores. A dropped score is 0, and e⁰ = 1; drop weights, after the softmax."""

    def weights(self, scores, mask):
        return super().weights(Attention.dropout(self, scores), mask)

    def dropout(self, weights):
        return weights


@misconception()
class AttnDropoutInEval(Attention):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def dropout(self, weights):
        self.training = True
        return super().dropout(weights)


@misconception()
class AttnNoDropout(Attention):
    """The argument `dropout` is never used. In training the attention weights are dropped."""

    def dropout(self, weights):
        return weights


@misconception()
class AttnDropoutOnOutput(Attention):
    """Dropout is applied to the output, and drops its features. Drop attention weights, before they meet the values."""

    def dropout(self, weights):
        return weights

    def combine(self, weights, v, k):
        return Attention.dropout(self, super().combine(weights, v, k))


@misconception()
class AttnDropoutNotRescaled(Attention):
    """Kept weights are not scaled by 1 / (1 - p): in training the expectation shrinks."""

    def dropout(self, weights):
        return super().dropout(weights) * (1 - self.dropout_rate if self.training else 1)
