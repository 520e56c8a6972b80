"""Misconceptions about dropout in the encoder."""

from autograder.exercise import misconception
from autograder.misconceptions.encoder.steps import Layers


@misconception()
class EncDropoutInEval(Layers):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def dropout(self, update):
        self.training = True
        return super().dropout(update)


@misconception()
class EncNoDropout(Layers):
    """The argument `dropout` is not used on what the sublayers return. Hand it to both residual connections."""

    def dropout(self, update):
        return update


@misconception()
class EncDropoutNotRescaled(Layers):
    """Kept numbers are not scaled by 1 / (1 - p): in training the expectation shrinks."""

    def dropout(self, update):
        return super().dropout(update) * (1 - self.dropout_rate if self.training else 1)


@misconception()
class EncDropoutOnSum(Layers):
    """Dropout is applied to the sum, so x itself is dropped. Drop what the sublayer returns, before x is added."""

    def residual(self, x, sublayer, weights, norm):
        return self.normalise(self.dropout(x + sublayer(x)), weights, norm)


@misconception()
class EncDropoutAfterNorm(Layers):
    """Dropout is applied after the norm, so x itself is dropped. Drop what the sublayer returns, before x is added."""

    def residual(self, x, sublayer, weights, norm):
        return self.dropout(self.normalise(x + sublayer(x), weights, norm))


@misconception()
class EncDropoutTwice(Layers):
    """What a sublayer returns is dropped twice. The residual connection drops it already."""

    def dropout(self, update):
        return super().dropout(super().dropout(update))


@misconception()
class EncDropoutNotPassedOn(Layers):
    """The encoder does not hand `dropout` on: its layers fall back on their default. Pass it to each of them."""

    def dropout_of_layers(self, dropout):
        return 0.1
