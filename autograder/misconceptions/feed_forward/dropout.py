"""Misconceptions about dropout in the feed-forward network."""

from autograder.exercise import misconception
from autograder.misconceptions.feed_forward.steps import Network


@misconception()
class FfnDropoutInEval(Network):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def dropped(self, x):
        self.training = True
        return super().dropped(x)


@misconception()
class FfnNoDropout(Network):
    """The argument `dropout` is never used. In training hidden units are dropped."""

    def dropout(self, hidden):
        return hidden


@misconception()
class FfnDropoutOnOutput(Network):
    """Dropout is applied to the output of the second map. In this layer it drops hidden units, before the second
    map."""

    def dropout(self, hidden):
        return hidden

    def leave(self, output, x):
        return self.dropped(output)


@misconception()
class FfnDropoutTwice(Network):
    """The output of the second map is dropped as well as the hidden units. The residual connection will do that one."""

    def leave(self, output, x):
        return self.dropped(output)


@misconception()
class FfnDropoutOnInput(Network):
    """Dropout is applied to the input. It belongs after the ReLU, on the hidden units."""

    def enter(self, x):
        return self.dropped(x)

    def dropout(self, hidden):
        return hidden


@misconception()
class FfnDropoutNotRescaled(Network):
    """Kept hidden units are not scaled by 1 / (1 - p): in training the expectation shrinks."""

    def dropped(self, x):
        return super().dropped(x) * (1 - self.dropout_rate if self.training else 1)


@misconception()
class FfnDropoutWholeTokens(Network):
    """Whole positions are dropped at once (`nn.Dropout1d`). Dropout chooses every hidden unit of every position on its
    own."""

    def dropped(self, x):
        return self.xp.nn.functional.dropout1d(x, self.dropout_rate) if self.training else x
