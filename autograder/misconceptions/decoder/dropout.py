"""Misconceptions about dropout in the decoder."""

from autograder.exercise import misconception
from autograder.misconceptions.decoder.steps import Decoding


@misconception()
class DecDropoutNotHandedOn(Decoding):
    """The argument `dropout` does not arrive: the residual connections drop their usual tenth. Hand it on to all
    three."""

    def dropout(self, y):
        self.rate = 0.1
        return super().dropout(y)


@misconception()
class DecNoDropout(Decoding):
    """Nothing is dropped in training. What a sublayer returns goes through dropout before it is added."""

    def dropout(self, y):
        return y


@misconception()
class DecDropoutTwice(Decoding):
    """What a sublayer returns is dropped twice, once by the residual connection and once beside it. Leave it to the
    residual connection."""

    def dropout(self, y):
        return super().dropout(super().dropout(y))


@misconception()
class DecDropoutInEval(Decoding):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def dropout(self, y):
        self.training = True
        return super().dropout(y)
