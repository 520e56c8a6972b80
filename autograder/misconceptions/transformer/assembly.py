"""Misconceptions about how the model's parts are joined."""

import numpy as np

from autograder.exercise import misconception
from autograder.misconceptions.transformer.steps import Model
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
    """The logits stand one position too late. Row t answers the prefix that ends with token t."""

    def result(self, logits):
        return self.xp.roll(logits, 1, 1)


@misconception()
class ModelReturnsProbabilities(Model):
    """A softmax stands at the end. Return the logits: the loss takes the softmax itself, and a second one flattens
    it."""

    def result(self, logits):
        powers = self.xp.exp(logits)
        return powers / powers.sum(-1)[..., None]


@misconception()
class ModelReturnsLogProbabilities(Model):
    """A log-softmax stands at the end. Return the logits as the output map gives them."""

    def result(self, logits):
        return logits - self.xp.log(self.xp.exp(logits).sum(-1))[..., None]


@misconception()
class ModelReturnsIds(Model):
    """The most likely ids are returned. The model gives logits; to choose among them is the decoding's task."""

    def result(self, logits):
        return logits.argmax(-1)


@misconception()
class ModelLastPositionOnly(Model):
    """Only the last position's logits are returned. In training every position is a question of its own: return all."""

    def result(self, logits):
        return logits[:, -1]


@misconception()
class ModelFinalNorm(Model):
    """There is one more layer norm behind the stacks, as in `nn.Transformer` or in pre-norm models. In the paper every
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
    """The source is turned round before the encoder, an old trick of recurrent models. The paper leaves its order as it
    is."""

    def source(self, src):
        return src[:, ::-1] if self.xp is np else src.flip(1)
