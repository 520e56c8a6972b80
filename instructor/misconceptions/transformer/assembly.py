"""Misconceptions about how the model's parts are joined."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.transformer.steps import Model
from transformer_ref.in_numpy.layer_norm import layer_norm


@misconception()
class ModelShiftsSource(Model):
    """The source is cut by one token, as if it were to be shifted. Only the target is ever shifted, outside of the
    model."""

    def source(self, src):
        return src[:, :-1]

    def decode(self, parts, tgt, memory, src, pad_id):
        return super().decode(parts, tgt, memory[:, : src.shape[1] - 1], src, pad_id)


@misconception()
class ModelShiftsTarget(Model):
    """The model cuts the target's last token itself. Whoever calls it shifts the target: there is one row of logits for
    each token given."""

    def target(self, tgt):
        return tgt[:, :-1]


@misconception()
class ModelPositionOfLogits(Model):
    """The logits come one position too late. Row t answers the prefix that ends with token t."""

    def result(self, logits):
        return self.xp.roll(logits, 1, 1)


@misconception()
class ModelReturnsProbabilities(Model):
    """There is a softmax at the end. Return the logits: the loss takes the softmax itself, and a second one flattens
    it."""

    def result(self, logits):
        powers = self.xp.exp(logits)
        return powers / powers.sum(-1)[..., None]


@misconception()
class ModelReturnsLogProbabilities(Model):
    """There is a log-softmax at the end. Return the logits as the output map gives them."""

    def result(self, logits):
        return logits - self.xp.log(self.xp.exp(logits).sum(-1))[..., None]


@misconception()
class ModelReturnsIds(Model):
    """The most likely ids are returned. The model gives logits; choosing among them is the task of decoding."""

    def result(self, logits):
        return logits.argmax(-1)


@misconception()
class ModelLastPositionOnly(Model):
    """Only the last position's logits are returned. Every position is trained, so return the logits of all."""

    def result(self, logits):
        return logits[:, -1]


@misconception()
class ModelFinalNorm(Model):
    """There is one more layer norm after the stacks, as in `nn.Transformer` or in pre-norm models. In the paper every
    sublayer already ends with a norm, and nothing follows."""

    def memory(self, parts, memory, x):
        return self.normalised(memory)

    def states(self, parts, x):
        return self.normalised(x)

    def normalised(self, x):
        return layer_norm(x, np.ones(x.shape[-1]), np.zeros(x.shape[-1])) if self.xp is np else x

    def finish(self, module, d_model):
        from transformer_ref.in_torch.layer_norm import LayerNorm

        module.encoder_norm, module.decoder_norm = LayerNorm(d_model), LayerNorm(d_model)


@misconception()
class ModelEncoderSkipped(Model):
    """The decoder looks at the embedded source: what the encoder returned is thrown away. The memory is the encoder's
    output."""

    def memory(self, parts, memory, x):
        return x


@misconception()
class ModelMemoryReversed(Model):
    """The source is reversed before the encoder, an old trick of recurrent models. Leave its order as it is."""

    def source(self, src):
        return src[:, ::-1] if self.xp is np else src.flip(1)


@misconception(weight=Weight.NOTHING_LEFT)
class ModelReturnsZeros(Model):
    """The logits are 0 everywhere. Return what the output map gives."""

    def result(self, logits):
        return 0 * logits


@misconception()
class ModelOutputMissing(Model):
    """The decoder's vectors are returned. The output map turns each of them into logits over the target's
    vocabulary."""

    def logits(self, parts, x):
        return x


@misconception()
class ModelDecoderSkipped(Model):
    """The output map reads the embedded target: what the decoder returned is thrown away. Give it the decoder's
    output."""

    def decode(self, parts, tgt, memory, src, pad_id):
        self.bottom = None
        return super().decode(parts, tgt, memory, src, pad_id)

    def with_positions(self, parts, x, side):
        self.bottom = super().with_positions(parts, x, side)
        return self.bottom

    def states(self, parts, x):
        return self.bottom


@misconception()
class ModelMemoryAndTargetSwapped(Model):
    """The decoder gets the memory as its x, and the target as its memory. Its arguments are x, memory, tgt_mask,
    memory_mask."""

    def decoded(self, parts, x, memory, masks):
        return parts.decoder(memory, x, *masks)


@misconception()
class ModelSourceAndTargetSwapped(Model):
    """Source and target are swapped: the target is encoded, and the source is decoded. Encode `src`, and decode
    `tgt`."""

    def run(self, parts, src, tgt, pad_id):
        return super().run(parts, tgt, src, pad_id)


@misconception(hurts_training=True)
class ModelMemoryDetached(Model):
    """The memory is cut from the graph (`.detach()`, `no_grad`): the encoder never learns. Pass it to the decoder as it
    is."""

    def decode(self, parts, tgt, memory, src, pad_id):
        return super().decode(parts, tgt, memory if self.xp is np else memory.detach(), src, pad_id)


@misconception()
class ModelLogitsForTheLoss(Model):
    """The logits come as (batch, vocabulary, tokens), as `nn.CrossEntropyLoss` wants them. Return (batch, tokens,
    vocabulary), and transpose where the loss is called."""

    def result(self, logits):
        return self.xp.swapaxes(logits, 1, 2)


@misconception()
class ModelLogitsFlattened(Model):
    """Batch and tokens are one long axis in the logits, as a loss wants them. Return (batch, tokens, vocabulary), and
    reshape where the loss is called."""

    def result(self, logits):
        return logits.reshape(-1, logits.shape[-1])


@misconception()
class ModelReturnsPair(Model):
    """Two results are returned, the logits and the decoder's vectors. Return the logits alone."""

    def states(self, parts, x):
        self.vectors = x
        return x

    def result(self, logits):
        return logits, self.vectors


@misconception()
class ModelLogitsScaled(Model):
    """The logits are divided by √d_model. Return them as the output map gives them."""

    def logits(self, parts, x):
        return super().logits(parts, x) / x.shape[-1] ** 0.5


@misconception()
class ModelPaddingForbidden(Model):
    """The logit of `pad_id` is pushed down, so that padding is never predicted. The model returns the logits as they
    are."""

    def decode(self, parts, tgt, memory, src, pad_id):
        logits = super().decode(parts, tgt, memory, src, pad_id)
        allowed = self.xp.arange(logits.shape[-1]) != pad_id
        return self.xp.where(allowed, logits, -1e9)
