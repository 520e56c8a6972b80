"""Misconceptions about dropout of the attention weights."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.attention.steps import Attention


@misconception(hurts_training=True)
class AttnDropoutBeforeSoftmax(Attention):
    """Dropout is applied to the scores. A dropped score is 0, and e⁰ = 1, so its key is still seen. Drop weights, after
    the softmax."""

    def weights(self, scores, mask):
        return super().weights(Attention.dropout(self, scores), mask)

    def dropout(self, weights):
        return weights


@misconception(hurts_training=True)
class AttnDropoutInEval(Attention):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def dropout(self, weights):
        self.training = True
        return super().dropout(weights)


@misconception(hurts_training=True)
class AttnNoDropout(Attention):
    """The argument `dropout` is never used. In training, drop attention weights with it."""

    def dropout(self, weights):
        return weights


@misconception("attn-dropout-on-values", hurts_training=True)
class AttnDropoutOnOutput(Attention):
    """Dropout is applied to the output or to the values, and drops features. Drop attention weights, before they meet
    the values."""

    def dropout(self, weights):
        return weights

    def combine(self, weights, v, k):
        return Attention.dropout(self, super().combine(weights, v, k))


@misconception(hurts_training=True)
class AttnDropoutNotRescaled(Attention):
    """Kept weights are not scaled by 1 / (1 - p), so in training the output shrinks. `nn.Dropout` and `F.dropout` scale
    by themselves."""

    def dropout(self, weights):
        return super().dropout(weights) * (1 - self.dropout_rate if self.training else 1)


@misconception(hurts_training=True)
class AttnDropoutKeepsP(Attention):
    """`dropout` is taken for the share that is kept. It is the share that is dropped: pass it to `nn.Dropout` as it
    is."""

    def dropout(self, weights):
        self.dropout_rate = 1 - self.dropout_rate if self.dropout_rate else 0.0
        return super().dropout(weights)


@misconception(hurts_training=True)
class AttnDropoutTwice(Attention):
    """The attention weights go through dropout twice, so far more than the share `dropout` is lost. Once is enough."""

    def dropout(self, weights):
        return super().dropout(super().dropout(weights))


@misconception(weight=Weight.SLIP)
class AttnDropoutByDefault(Attention):
    """Weights are dropped even when `dropout` is left out. Its default is 0.0 in the attention modules."""

    default_dropout = 0.1


@misconception(hurts_training=True)
class AttnDropoutWholeRows(Attention):
    """Dropout takes all weights of a query or none of them. Draw for each weight separately, as `nn.Dropout` does."""

    def dropout(self, weights):
        return weights * super().dropout(self.xp.ones_like(weights[..., :1]))


@misconception(hurts_training=True)
class AttnDropoutSameKeys(Attention):
    """Dropout takes the same keys from every query. Draw for each weight separately, as `nn.Dropout` does."""

    def dropout(self, weights):
        return weights * super().dropout(self.xp.ones_like(weights[..., :1, :]))
