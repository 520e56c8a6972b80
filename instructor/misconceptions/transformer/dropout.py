"""Misconceptions about dropout in the model."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.transformer.steps import Model

DEFAULT_DROPOUT = 0.1


@misconception(hurts_training=True)
class ModelDropoutNotPassed(Model):
    """The argument `dropout` reaches none of the parts, which keep their default. Pass it on to all three."""

    def rate(self, part, dropout):
        return DEFAULT_DROPOUT


@misconception(hurts_training=True)
class ModelEmbeddingDropoutMissing(Model):
    """The sums of embeddings and encodings are not dropped at the rate `dropout`. Section 5.4 names them: pass it on to
    the positional encoding too."""

    def rate(self, part, dropout):
        return 0.0 if part == "positional_encoding" else super().rate(part, dropout)


@misconception(hurts_training=True)
class ModelEncoderDropoutMissing(Model):
    """The argument `dropout` does not reach the encoder. Pass it on to both stacks."""

    def rate(self, part, dropout):
        return DEFAULT_DROPOUT if part == "encoder" else super().rate(part, dropout)


@misconception(hurts_training=True)
class ModelDecoderDropoutMissing(Model):
    """The argument `dropout` does not reach the decoder. Pass it on to both stacks."""

    def rate(self, part, dropout):
        return DEFAULT_DROPOUT if part == "decoder" else super().rate(part, dropout)


@misconception(hurts_training=True)
class ModelDropoutTwice(Model):
    """The sums of embeddings and encodings are dropped twice: the positional encoding does it already."""

    def with_positions(self, parts, x, side):
        return self.dropped_again(parts, super().with_positions(parts, x, side))

    def dropped_again(self, module, x):
        if self.xp is np:
            return x
        return self.xp.nn.functional.dropout(x, module.positional_encoding.dropout.p, module.training)


@misconception(hurts_training=True)
class ModelDropoutInEval(Model):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def with_positions(self, parts, x, side):
        if self.xp is np:
            return super().with_positions(parts, x, side)
        dropout = parts.positional_encoding.dropout
        return self.xp.nn.functional.dropout(
            super().with_positions(parts, x, side), 0.0 if dropout.training else dropout.p
        )


@misconception(hurts_training=True)
class ModelLogitsDropped(Model):
    """The logits are dropped in training. Dropout comes after the embeddings and in every sublayer, not after the
    output."""

    def logits(self, parts, x):
        if self.xp is np:
            return super().logits(parts, x)
        rate = parts.positional_encoding.dropout.p
        return self.xp.nn.functional.dropout(super().logits(parts, x), rate, parts.training)


@misconception(hurts_training=True)
class ModelStackDropoutMissing(Model):
    """Encoder and decoder are built without `dropout`, and keep their default of 0.1. Pass it on to both."""

    def rate(self, part, dropout):
        return super().rate(part, dropout) if part == "positional_encoding" else DEFAULT_DROPOUT


@misconception(hurts_training=True)
class ModelEmbeddingDropoutNotPassed(Model):
    """The positional encoding is built without `dropout`, and keeps its default of 0.1. Pass it on."""

    def rate(self, part, dropout):
        return DEFAULT_DROPOUT if part == "positional_encoding" else super().rate(part, dropout)


@misconception(weight=Weight.SLIP)
class ModelDropoutDefaultZero(Model):
    """When `dropout` is left out, nothing is dropped. Its default is 0.1."""

    defaults = Model.defaults | {"dropout": 0.0}
