"""Misconceptions about dropout in the encoder."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.encoder.steps import Layers


@misconception(hurts_training=True)
class EncDropoutInEval(Layers):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def dropout(self, update):
        self.training = True
        return super().dropout(update)


@misconception(hurts_training=True)
class EncNoDropout(Layers):
    """The argument `dropout` is not used on what the sublayers return. Pass it to both residual connections."""

    def dropout(self, update):
        return update


@misconception(hurts_training=True)
class EncDropoutNotRescaled(Layers):
    """Kept numbers are not scaled by 1 / (1 - p), so sums shrink in training. `nn.Dropout` scales them by itself."""

    def dropout(self, update):
        return super().dropout(update) * (1 - self.dropout_rate if self.training else 1)


@misconception(hurts_training=True)
class EncDropoutOnSum(Layers):
    """Dropout is applied to the sum, so x itself is dropped. Drop what the sublayer returns, before x is added."""

    def residual(self, x, sublayer, weights, norm):
        return self.normalise(self.dropout(x + sublayer(x)), weights, norm)


@misconception(hurts_training=True)
class EncDropoutAfterNorm(Layers):
    """Dropout is applied after the norm, so x itself is dropped. Drop what the sublayer returns, before x is added."""

    def residual(self, x, sublayer, weights, norm):
        return self.dropout(self.normalise(x + sublayer(x), weights, norm))


@misconception(hurts_training=True)
class EncDropoutTwice(Layers):
    """What a sublayer returns is dropped twice. The residual connection drops it already."""

    def dropout(self, update):
        return super().dropout(super().dropout(update))


@misconception(hurts_training=True)
class EncDropoutNotPassedOn(Layers):
    """The argument `dropout` does not arrive in the layers, which fall back on a tenth. Pass it on: from the encoder to
    each layer, and from the layer to both residual connections."""

    def dropout_of_layers(self, dropout):
        return 0.1


@misconception(hurts_training=True)
class EncLayerDropoutNotPassedOn(Layers):
    """`dropout` does not reach the residual connections: they drop at their own default, 0.1. Pass it on:
    `ResidualConnection(d_model, dropout)`, both times."""

    def dropout_of_parts(self, dropout):
        return 0.1


@misconception(hurts_training=True)
class EncNoDropoutFirst(Layers):
    """What self-attention returns is not dropped in training. Both sublayers need dropout: pass it to `residual1` as
    well."""

    def first(self, x, weights, num_heads, mask):
        return self.normalise(self.add(x, self.attend(x, weights, num_heads, mask)), weights, self.norm_of(1))


@misconception(hurts_training=True)
class EncNoDropoutSecond(Layers):
    """What the feed-forward network returns is not dropped in training. Both sublayers need dropout: pass it to
    `residual2` as well."""

    def second(self, h, x, weights):
        return self.normalise(self.add(h, self.feed_forward(h, weights)), weights, self.norm_of(2))


@misconception(hurts_training=True)
class EncDropoutAfterFirstNorm(Layers):
    """In the first residual connection, dropout comes after the norm, so x itself is dropped. Drop what self-attention
    returns, before x is added."""

    def first(self, x, weights, num_heads, mask):
        summed = self.add(x, self.attend(x, weights, num_heads, mask))
        return self.dropout(self.normalise(summed, weights, self.norm_of(1)))


@misconception(hurts_training=True)
class EncDropoutAfterSecondNorm(Layers):
    """In the second residual connection, dropout comes after the norm, so the layer's result itself is dropped. Drop
    what the feed-forward network returns, before h is added."""

    def second(self, h, x, weights):
        return self.dropout(self.normalise(self.add(h, self.feed_forward(h, weights)), weights, self.norm_of(2)))


@misconception(hurts_training=True)
class EncDropoutKeepsRate(Layers):
    """`dropout` is taken as the share to keep. It is the share to drop: 0.1 drops a tenth."""

    def dropout(self, update):
        if not self.dropout_rate:
            return update
        return self.xp.nn.functional.dropout(update, 1 - self.dropout_rate, self.training)


@misconception(hurts_training=True)
class EncDropsWholeTokens(Layers):
    """Dropout takes a token's whole update or leaves all of it. Draw for each number separately, as `nn.Dropout`
    does."""

    def dropout(self, update):
        if not self.dropout_rate:
            return update
        return update * super().dropout(self.xp.ones_like(update[..., :1]))


@misconception(hurts_training=True)
class EncSameDropoutForAllTokens(Layers):
    """Dropout takes the same features away in every token of the batch. Draw for each token separately, as `nn.Dropout`
    does."""

    def dropout(self, update):
        if not self.dropout_rate:
            return update
        return update * super().dropout(self.xp.ones_like(update[:1, :1]))


@misconception(hurts_training=True)
class EncStackDropsInput(Layers):
    """The stack drops some of its input. The model has done that already, after adding the positions: start with x as
    it is."""

    def encoder(self, x, layers, num_heads, mask=None):
        return super().encoder(self.dropout(x), layers, num_heads, mask)


@misconception(hurts_training=True)
class EncDropoutBetweenLayers(Layers):
    """The stack drops some of what its layers return. Dropout belongs inside the layers, on what a sublayer returns."""

    def encoder(self, x, layers, num_heads, mask=None):
        for weights in layers:
            x = self.dropout(self.encoder_layer(x, weights, num_heads, mask))
        return x


def _drop_a_tenth(steps, x, sublayer):
    """What a residual connection adds up that drops at its own default rate."""
    update = sublayer(x)
    dropped = update if steps.xp is np else steps.xp.nn.functional.dropout(update, 0.1, steps.training)
    return steps.add(x, dropped)


@misconception(hurts_training=True)
class EncDropoutNotHandedToFirst(Layers):
    """`dropout` does not reach `residual1`, which drops at its own default, 0.1. Pass it on:
    `ResidualConnection(d_model, dropout)`."""

    def first(self, x, weights, num_heads, mask):
        summed = _drop_a_tenth(self, x, lambda x: self.attend(x, weights, num_heads, mask))
        return self.normalise(summed, weights, self.norm_of(1))


@misconception(hurts_training=True)
class EncDropoutNotHandedToSecond(Layers):
    """`dropout` does not reach `residual2`, which drops at its own default, 0.1. Pass it on:
    `ResidualConnection(d_model, dropout)`."""

    def second(self, h, x, weights):
        summed = _drop_a_tenth(self, h, lambda h: self.feed_forward(h, weights))
        return self.normalise(summed, weights, self.norm_of(2))
