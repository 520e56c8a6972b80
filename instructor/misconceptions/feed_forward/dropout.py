"""Misconceptions about dropout in the feed-forward network."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.feed_forward.steps import Network


@misconception(hurts_training=True)
class FfnDropoutInEval(Network):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def dropped(self, x):
        self.training = True
        return super().dropped(x)


@misconception(hurts_training=True)
class FfnNoDropout(Network):
    """The argument `dropout` is never used. Drop hidden units in training, after the ReLU."""

    def dropout(self, hidden):
        return hidden


@misconception(hurts_training=True)
class FfnDropoutOnOutput(Network):
    """Dropout is applied to the output of the second map. In this layer it drops hidden units, before the second
    map."""

    def dropout(self, hidden):
        return hidden

    def leave(self, output, x):
        return self.dropped(output)


@misconception(hurts_training=True)
class FfnDropoutTwice(Network):
    """The output of the second map is dropped as well as the hidden units. Drop the hidden units alone: the residual
    connection takes care of the output."""

    def leave(self, output, x):
        return self.dropped(output)


@misconception(hurts_training=True)
class FfnDropoutOnInput(Network):
    """Dropout is applied to the input. It belongs after the ReLU, on the hidden units."""

    def enter(self, x):
        return self.dropped(x)

    def dropout(self, hidden):
        return hidden


@misconception(hurts_training=True)
class FfnDropoutNotRescaled(Network):
    """The hidden units that are kept are not scaled up, so their expectation shrinks in training. Multiply them by 1 /
    (1 - p), as `nn.Dropout` does."""

    def dropped(self, x):
        return super().dropped(x) * (1 - self.dropout_rate if self.training else 1)


@misconception(hurts_training=True)
class FfnDropoutWholeTokens(Network):
    """Whole positions are dropped at once (`nn.Dropout1d`). Dropout chooses every hidden unit of every position on its
    own."""

    def dropped(self, x):
        return self.xp.nn.functional.dropout1d(x, self.dropout_rate) if self.training else x


@misconception(hurts_training=True)
class FfnDropoutSameUnits(Network):
    """The same hidden units are dropped at every position of a sentence. Dropout chooses anew for every hidden unit of
    every position: use `nn.Dropout`."""

    def dropped(self, x):
        return x * super().dropped(self.xp.ones_like(x[:, :1])) if self.training else x


@misconception(hurts_training=True)
class FfnDropoutSameEverywhere(Network):
    """One choice of hidden units is used for the whole batch: the same ones are dropped everywhere. Dropout chooses
    anew for every hidden unit of every position: use `nn.Dropout`."""

    def dropped(self, x):
        return x * super().dropped(self.xp.ones_like(x[:1, :1])) if self.training else x


@misconception(hurts_training=True)
class FfnDropoutKeepsRate(Network):
    """The argument `dropout` is taken for the share that is kept. It is the share that is dropped."""

    def dropped(self, x):
        return x if self.xp is np else self.xp.nn.functional.dropout(x, 1 - self.dropout_rate, self.training)


@misconception(hurts_training=True)
class FfnDropoutHardCoded(Network):
    """The rate is always 0.1, whatever `dropout` says. Use the argument."""

    def dropped(self, x):
        return x if self.xp is np else self.xp.nn.functional.dropout(x, 0.1, self.training)


@misconception(hurts_training=True)
class FfnDropoutHalf(Network):
    """Half of the hidden units are always dropped, as `nn.Dropout()` does where it is given no rate. Pass the argument
    on: `nn.Dropout(dropout)`."""

    def dropped(self, x):
        return x if self.xp is np else self.xp.nn.functional.dropout(x, 0.5, self.training)


@misconception(hurts_training=True)
class FfnDropoutScaledInEvaluation(Network):
    """The hidden units are scaled by 1 - p in evaluation, and not at all in training. Scale what is kept by 1 / (1 - p)
    in training, and leave evaluation alone, as `nn.Dropout` does."""

    def dropped(self, x):
        return super().dropped(x) * (1 - self.dropout_rate)


@misconception(weight=Weight.SLIP)
class FfnDropoutDefaultZero(Network):
    """When `dropout` is left out, nothing is dropped. Its default is 0.1."""

    default_dropout = 0.0


@misconception(weight=Weight.SLIP)
class FfnDropoutDefaultHalf(Network):
    """When `dropout` is left out, half of the hidden units are dropped, as in `nn.Dropout()`. Its default is 0.1."""

    default_dropout = 0.5
