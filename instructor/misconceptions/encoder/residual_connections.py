"""Misconceptions about the encoder's residual connections."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.encoder.steps import KeepsAttended, Layers


@misconception()
class EncNoResidual(Layers):
    """The input is not added to what a sublayer returns. Without x the gradient has no direct path back: normalise x +
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

    def residual(self, x, sublayer, weights, norm):
        return super().residual(x, lambda x: x + sublayer(x), weights, norm)


@misconception()
class EncResidualTwiceFirst(Layers):
    """Around self-attention the input is added twice: in the sublayer, and again by its residual connection. One of the
    two is enough."""

    def first(self, x, weights, num_heads, mask):
        return self.residual(x, lambda x: x + self.attend(x, weights, num_heads, mask), weights, self.norm_of(1))


@misconception()
class EncResidualTwiceSecond(Layers):
    """Around the feed-forward network the input is added twice: in the sublayer, and again by its residual connection.
    One of the two is enough."""

    def second(self, h, x, weights):
        return self.residual(h, lambda h: h + self.feed_forward(h, weights), weights, self.norm_of(2))


@misconception()
class EncResidualAfterNorm(Layers):
    """The input is added once more after the norm: x + LayerNorm(x + Sublayer(x)). The residual connection is done with
    the sum inside the norm."""

    def residual(self, x, sublayer, weights, norm):
        return x + super().residual(x, sublayer, weights, norm)


@misconception()
class EncResidualAfterFirstNorm(Layers):
    """Around self-attention the input is added once more after the norm: x + LayerNorm(x + Attention(x)). The residual
    connection is done with the sum inside the norm."""

    def first(self, x, weights, num_heads, mask):
        return x + super().first(x, weights, num_heads, mask)


@misconception()
class EncResidualAfterSecondNorm(Layers):
    """Around the feed-forward network its input is added once more after the norm: h + LayerNorm(h + FFN(h)). The
    residual connection is done with the sum inside the norm."""

    def second(self, h, x, weights):
        return h + super().second(h, x, weights)


@misconception()
class EncInputAddedAfterSecondNorm(Layers):
    """The layer's input x is added to the result, after the second norm. The layer ends with that norm: return what it
    gives. x is added once, in the first sum."""

    def second(self, h, x, weights):
        return x + super().second(h, x, weights)


@misconception()
class EncSecondResidualIsAttention(KeepsAttended):
    """The second sum adds what attention returned, without its residual connection and norm. Every residual connection
    adds the input of its own sublayer, here what the first norm returned."""

    def second(self, h, x, weights):
        return self.residual(self.attended[-1], lambda _: self.feed_forward(h, weights), weights, self.norm_of(2))


@misconception()
class EncInputAddedAgain(Layers):
    """The layer's input x is added to the second sum as well. That sum has two terms: what the first sublayer's norm
    returned, and the feed-forward network's result."""

    def second(self, h, x, weights):
        return self.residual(h, lambda h: x + self.feed_forward(h, weights), weights, self.norm_of(2))


@misconception()
class EncUpdateSubtracted(Layers):
    """The sublayer's result is subtracted from x. A residual connection adds it."""

    def add(self, x, update):
        return x - update


@misconception()
class EncUpdateMultiplied(Layers):
    """The input x is multiplied by the sublayer's result, as a gate does. A residual connection adds the two."""

    def add(self, x, update):
        return x * update


@misconception(hurts_training=True)
class EncResidualDetached(Layers):
    """The input x is cut out of the graph before it is added (`.detach()`, `.data`, or a copy through NumPy), so the
    direct path carries no gradient. Add x itself."""

    def add(self, x, update):
        return super().add(x if self.xp is np else x.detach(), update)


@misconception(hurts_training=True)
class EncUpdateDetached(Layers):
    """The sublayers' results are cut out of the graph (`.detach()`, `.data`, `torch.no_grad()`): their weights get no
    gradient and never learn. Add the result itself."""

    def dropout(self, update):
        return super().dropout(update if self.xp is np else update.detach())


@misconception()
class EncSecondSumInPlace(Layers):
    """The second sum is made in place (`h += …`), while PyTorch still needs the old h for the gradient: `backward()`
    crashes. Write h = h + …."""

    def second(self, h, x, weights):
        if self.xp is np:
            return super().second(h, x, weights)
        h += self.dropout(self.feed_forward(h, weights))
        return self.normalise(h, weights, self.norm_of(2))
