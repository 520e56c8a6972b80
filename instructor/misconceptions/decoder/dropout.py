"""Misconceptions about dropout in the decoder."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.decoder.steps import Decoding


@misconception(hurts_training=True)
class DecDropoutNotHandedOn(Decoding):
    """`dropout` does not reach the residual connections: they drop at their own default, 0.1. Pass it on:
    `ResidualConnection(d_model, dropout)`, all three times."""

    def rate_of_layer(self, dropout):
        return 0.1


@misconception(hurts_training=True)
class DecStackDropoutNotHandedOn(Decoding):
    """The argument `dropout` does not arrive in the layers, which fall back on a tenth. Pass it on: from the decoder to
    each layer, and from the layer to its three residual connections."""

    def rate_of_stack(self, dropout):
        return 0.1


@misconception(hurts_training=True)
class DecNoDropout(Decoding):
    """Nothing is dropped in training. What a sublayer returns goes through dropout before it is added."""

    def dropout(self, y):
        return y


@misconception(hurts_training=True)
class DecDropoutTwice(Decoding):
    """What a sublayer returns is dropped twice, once by the residual connection and once beside it. Leave it to the
    residual connection."""

    def dropout(self, y):
        return super().dropout(super().dropout(y))


@misconception(hurts_training=True)
class DecDropoutInEval(Decoding):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def dropout(self, y):
        self.training = True
        return super().dropout(y)


@misconception(hurts_training=True)
class DecDropoutAfterNorms(Decoding):
    """Dropout comes after each norm, so the state itself is dropped. Drop what a sublayer returns, before its input is
    added."""

    def residual(self, number, x, sublayer):
        return self.dropout(self.norm(number, x + sublayer(x)))


@misconception(hurts_training=True)
class DecDropoutOnSum(Decoding):
    """Dropout is applied to the sum, so the state itself is dropped. Drop what the sublayer returns, before its input
    is added."""

    def residual(self, number, x, sublayer):
        return self.norm(number, self.dropout(x + sublayer(x)))


@misconception(hurts_training=True)
class DecDropoutNotRescaled(Decoding):
    """Kept numbers are not scaled by 1 / (1 - p), so sums shrink in training. `nn.Dropout` scales them by itself."""

    def dropout(self, y):
        return super().dropout(y) * (1 - self.rate if self.training else 1)


@misconception(hurts_training=True)
class DecDropoutKeepsRate(Decoding):
    """`dropout` is taken as the share to keep. It is the share to drop: 0.1 drops a tenth."""

    def dropout(self, y):
        if not self.rate:
            return y
        return self.xp.nn.functional.dropout(y, 1 - self.rate, self.training)


@misconception(hurts_training=True)
class DecDropsWholeTokens(Decoding):
    """Dropout takes a token's whole update or leaves all of it. Draw for each number separately, as `nn.Dropout`
    does."""

    def dropout(self, y):
        return y * super().dropout(self.xp.ones_like(y[..., :1]))


@misconception(hurts_training=True)
class DecStackDropsInput(Decoding):
    """The stack drops some of its input. The model has done that already, after adding the positions: start with x as
    it is."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        return super().decoder(self.dropout(x), memory, layers, num_heads, tgt_mask, memory_mask)


@misconception(hurts_training=True)
class DecDropoutBetweenLayers(Decoding):
    """The stack drops some of what its layers return. Dropout belongs inside the layers, on what a sublayer returns."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        for weights in layers:
            x = self.dropout(self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask))
        return x


@misconception(hurts_training=True)
class DecNoDropoutFirst(Decoding):
    """What self-attention returns is not dropped in training. All three sublayers need dropout: pass it to `residual1`
    as well."""

    def residual(self, number, x, sublayer):
        return self.norm(1, x + sublayer(x)) if number == 1 else super().residual(number, x, sublayer)


@misconception(hurts_training=True)
class DecDropoutAfterNorm1(Decoding):
    """In `residual1`, dropout comes after the norm, so the state itself is dropped. Drop what self-attention
    returns, before its input is added."""

    def residual(self, number, x, sublayer):
        if number != 1:
            return super().residual(number, x, sublayer)
        return self.dropout(self.norm(1, x + sublayer(x)))


@misconception(hurts_training=True)
class DecNoDropoutSecond(Decoding):
    """What cross-attention returns is not dropped in training. All three sublayers need dropout: pass it to `residual2`
    as well."""

    def residual(self, number, x, sublayer):
        return self.norm(2, x + sublayer(x)) if number == 2 else super().residual(number, x, sublayer)


@misconception(hurts_training=True)
class DecDropoutAfterNorm2(Decoding):
    """In `residual2`, dropout comes after the norm, so the state itself is dropped. Drop what cross-attention
    returns, before its input is added."""

    def residual(self, number, x, sublayer):
        if number != 2:
            return super().residual(number, x, sublayer)
        return self.dropout(self.norm(2, x + sublayer(x)))


@misconception(hurts_training=True)
class DecNoDropoutThird(Decoding):
    """What the feed-forward network returns is not dropped in training. All three sublayers need dropout: pass it to
    `residual3` as well."""

    def residual(self, number, x, sublayer):
        return self.norm(3, x + sublayer(x)) if number == 3 else super().residual(number, x, sublayer)


@misconception(hurts_training=True)
class DecDropoutAfterNorm3(Decoding):
    """In `residual3`, dropout comes after the norm, so the state itself is dropped. Drop what the feed-forward network
    returns, before its input is added."""

    def residual(self, number, x, sublayer):
        if number != 3:
            return super().residual(number, x, sublayer)
        return self.dropout(self.norm(3, x + sublayer(x)))


def _drop_a_tenth(steps, number, x, sublayer):
    """A residual connection that drops at its own default rate."""
    y = sublayer(x)
    dropped = y if steps.xp is np else steps.xp.nn.functional.dropout(y, 0.1, steps.training)
    return steps.norm(number, x + dropped)


@misconception(hurts_training=True)
class DecDropoutNotHandedToFirst(Decoding):
    """`dropout` does not reach `residual1`, which drops at its own default, 0.1. Pass it on:
    `ResidualConnection(d_model, dropout)`."""

    def residual(self, number, x, sublayer):
        if number != 1:
            return super().residual(number, x, sublayer)
        return _drop_a_tenth(self, 1, x, sublayer)


@misconception(hurts_training=True)
class DecDropoutNotHandedToSecond(Decoding):
    """`dropout` does not reach `residual2`, which drops at its own default, 0.1. Pass it on:
    `ResidualConnection(d_model, dropout)`."""

    def residual(self, number, x, sublayer):
        if number != 2:
            return super().residual(number, x, sublayer)
        return _drop_a_tenth(self, 2, x, sublayer)


@misconception(hurts_training=True)
class DecDropoutNotHandedToThird(Decoding):
    """`dropout` does not reach `residual3`, which drops at its own default, 0.1. Pass it on:
    `ResidualConnection(d_model, dropout)`."""

    def residual(self, number, x, sublayer):
        if number != 3:
            return super().residual(number, x, sublayer)
        return _drop_a_tenth(self, 3, x, sublayer)
