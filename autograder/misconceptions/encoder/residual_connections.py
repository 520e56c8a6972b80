"""Misconceptions about the encoder's residual connections."""

from autograder.exercise import misconception
from autograder.misconceptions.encoder.steps import Layers


@misconception()
class EncNoResidual(Layers):
    """The input is not added to what a sublayer returns. Without x the gradient has no direct way down: normalise x +
    Sublayer(x)."""

    def add(self, x, update):
        return update


@misconception()
class EncNoResidual1(Layers):
    """The residual connection around self-attention is missing. Both sublayers have one."""

    def first(self, x, weights, num_heads, mask):
        return self.normalise(self.dropout(self.attend(x, weights, num_heads, mask)), weights, self.norm_of(1))


@misconception()
class EncNoResidual2(Layers):
    """The residual connection around the feed-forward network is missing. Both sublayers have one."""

    def second(self, h, x, weights):
        return self.normalise(self.dropout(self.feed_forward(h, weights)), weights, self.norm_of(2))


@misconception()
class EncResidualFromInput(Layers):
    """The second residual connection adds the layer's input x. It adds what went into *its* sublayer: the first one's
    result."""

    def second(self, h, x, weights):
        return self.residual(x, lambda _: self.feed_forward(h, weights), weights, self.norm_of(2))


@misconception()
class EncResidualInPlace(Layers):
    """The sum is made in place (`x += …`): the caller's x is overwritten, and a gradient may be lost. Write x = x +
    …."""

    def add(self, x, update):
        x += update
        return x


@misconception()
class EncResidualTwice(Layers):
    """The input is added twice: `ResidualConnection` adds it already, so the sublayer returns its update alone."""

    def add(self, x, update):
        return x + x + update
