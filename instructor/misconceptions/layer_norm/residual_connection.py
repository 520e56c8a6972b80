"""Misconceptions about the residual connection."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.layer_norm.steps import Normalise


@misconception()
class ResMissing(Normalise):
    """`x` is never added: only the sublayer's output is normalised. Add x first, so that the gradient has a path past
    the sublayer."""

    def residual(self, x, sublayer, norm, rate):
        return norm(self.dropped(sublayer(x), rate))


@misconception()
class ResNormThenAdd(Normalise):
    """The sublayer's output is normalised before x is added. Add first: the sum is normalised."""

    def residual(self, x, sublayer, norm, rate):
        return x + norm(self.dropped(sublayer(x), rate))


@misconception()
class ResPreInsteadOfPost(Normalise):
    """The sublayer's input is normalised, and the sum is not: that is pre-norm, of later models. The paper's is
    post-norm: first the sum, then the norm."""

    def residual(self, x, sublayer, norm, rate):
        return x + self.dropped(sublayer(norm(x)), rate)


@misconception()
class ResPreWithoutHighway(Normalise):
    """`x` is replaced by its norm before the sublayer and is then added in this form. Give the sublayer x itself, and
    normalise the sum."""

    def residual(self, x, sublayer, norm, rate):
        x = norm(x)
        return x + self.dropped(sublayer(x), rate)


@misconception()
class ResPreAndPost(Normalise):
    """The norm is applied twice, to the sublayer's input and to the sum. Post-norm normalises the sum alone."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x + self.dropped(sublayer(norm(x)), rate))


@misconception()
class ResNormBothThenAdd(Normalise):
    """`x` and the sublayer's output are normalised one by one, then added. Add them, then normalise the sum once."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x) + norm(self.dropped(sublayer(x), rate))


@misconception()
class ResNoNorm(Normalise):
    """The sum is returned as it is: the norm is not called, or what it returns is thrown away. Return `norm(sum)`."""

    def residual(self, x, sublayer, norm, rate):
        return x + self.dropped(sublayer(x), rate)


@misconception()
class ResAddsTheOutputAgain(Normalise):
    """The sublayer's output is added to itself instead of to x: x was overwritten. Keep x until the sum."""

    def residual(self, x, sublayer, norm, rate):
        x = self.dropped(sublayer(x), rate)
        return norm(x + x)


@misconception()
class ResMultiplied(Normalise):
    """`x` and the sublayer's output are multiplied. A residual connection adds them."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x * self.dropped(sublayer(x), rate))


@misconception()
class ResNotCalled(Normalise):
    """The sublayer is never called: x is added to itself. Add what the sublayer returns for x."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x + self.dropped(x, rate))


@misconception()
class ResSublayerTwice(Normalise):
    """The sublayer is called twice: twice the work, and in training two different dropouts. Call it once and keep the
    result."""

    def residual(self, x, sublayer, norm, rate):
        sublayer(x)
        return super().residual(x, sublayer, norm, rate)


@misconception()
class ResAppliedTwice(Normalise):
    """The sublayer is applied to its own output. It is called once, with x."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x + self.dropped(sublayer(sublayer(x)), rate))


@misconception()
class ResInPlace(Normalise):
    """The sum is written into x (`x += …`): the caller's x is gone, and autograd objects. Make a new tensor."""

    def residual(self, x, sublayer, norm, rate):
        x += self.dropped(sublayer(x), rate)
        return norm(x)


@misconception(hurts_training=True)
class ResDetachedHighway(Normalise):
    """`x` is cut from the graph before it is added (`.detach()`, `.data`). The way past the sublayer is there for the
    gradient."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x.detach() + self.dropped(sublayer(x), rate))


@misconception("res-sublayer-input-detached", hurts_training=True)
class ResDetachedSublayer(Normalise):
    """The sublayer's output, or the x it is given, is cut from the graph (`.detach()`, `no_grad`): no gradient comes
    back through the sublayer. Leave the graph alone."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x + self.dropped(sublayer(x).detach(), rate))


@misconception()
class ResNormMisnamed(Normalise):
    """The norm of the residual connection has another name. This exercise calls it `norm`, so that weights can be
    loaded by name."""

    def keep_norm(self, module, norm):
        module.layer_norm = norm

    def norm_of(self, module):
        return module.layer_norm


@misconception(hurts_training=True)
class ResDropoutMissing(Normalise):
    """The argument `dropout` is never used. Drop the sublayer's output in training, before it is added."""

    def dropped(self, x, rate):
        return x


@misconception(hurts_training=True)
class ResDropoutInEval(Normalise):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def dropped(self, x, rate):
        return self.xp.nn.functional.dropout(x, rate, True)


@misconception(hurts_training=True)
class ResDropoutOnSum(Normalise):
    """Dropout is applied to the sum, so x is dropped too. Only the sublayer's output is."""

    def residual(self, x, sublayer, norm, rate):
        return norm(self.dropped(x + sublayer(x), rate))


@misconception(hurts_training=True)
class ResDropoutAfterNorm(Normalise):
    """Dropout is applied to the result, after the norm. It belongs to the sublayer's output, before the sum."""

    def residual(self, x, sublayer, norm, rate):
        return self.dropped(norm(x + sublayer(x)), rate)


@misconception(hurts_training=True)
class ResDropoutOnInput(Normalise):
    """Dropout is applied to what goes into the sublayer. It belongs to what comes out."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x + sublayer(self.dropped(x, rate)))


@misconception(hurts_training=True)
class ResDropoutOnHighway(Normalise):
    """Dropout is applied to x. It belongs to the sublayer's output; x goes past untouched."""

    def residual(self, x, sublayer, norm, rate):
        return norm(self.dropped(x, rate) + sublayer(x))


@misconception(hurts_training=True)
class ResDropoutNotRescaled(Normalise):
    """What dropout keeps is not scaled up, so its expectation shrinks in training. Multiply it by 1 / (1 - p), as
    `nn.Dropout` does."""

    def dropped(self, x, rate):
        return super().dropped(x, rate) * (1 - rate if self.training else 1)


@misconception(hurts_training=True)
class ResDropoutKeepsRate(Normalise):
    """The argument `dropout` is taken for the share that is kept. It is the share that is dropped."""

    def dropped(self, x, rate):
        return super().dropped(x, 1 - rate if self.training else rate)


@misconception(weight=Weight.NOTHING_LEFT)
class ResReturnsInput(Normalise):
    """`x` comes back as it is. Call the sublayer, add x to what it returns, and normalise the sum."""

    def residual(self, x, sublayer, norm, rate):
        return x + 0 * sublayer(x)


@misconception(weight=Weight.NOTHING_LEFT)
class ResSublayerOnly(Normalise):
    """Only the sublayer's output is returned. Add x to it, and normalise the sum."""

    def residual(self, x, sublayer, norm, rate):
        return self.dropped(sublayer(x), rate)


@misconception()
class ResSubtracted(Normalise):
    """The sublayer's output is subtracted from x. A residual connection adds them."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x - self.dropped(sublayer(x), rate))


@misconception()
class ResAddedTwice(Normalise):
    """`x` is added twice. Add it once to what the sublayer returns."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x + x + self.dropped(sublayer(x), rate))


@misconception()
class ResNormTwice(Normalise):
    """The sum is normalised twice. Once is enough."""

    def residual(self, x, sublayer, norm, rate):
        return norm(norm(x + self.dropped(sublayer(x), rate)))


@misconception()
class ResNormInside(Normalise):
    """The sublayer's output is normalised before it is added, and the sum again. Normalise the sum alone."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x + norm(self.dropped(sublayer(x), rate)))


@misconception()
class ResHighwayNormed(Normalise):
    """`x` is normalised before it is added, and the sum is not. Add x as it is, and normalise the sum."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x) + self.dropped(sublayer(x), rate)


@misconception()
class ResPreMissing(Normalise):
    """The sublayer gets the normalised x, and x is never added. Give the sublayer x itself, add x to what it returns,
    and normalise the sum."""

    def residual(self, x, sublayer, norm, rate):
        return self.dropped(sublayer(norm(x)), rate)


@misconception(hurts_training=True)
class ResDropoutWholeTokens(Normalise):
    """Whole positions are dropped at once (`nn.Dropout1d`). Dropout chooses every feature of every position on its own:
    use `nn.Dropout`."""

    def dropped(self, x, rate):
        return x * super().dropped(self.xp.ones_like(x[..., :1]), rate)


@misconception(hurts_training=True)
class ResDropoutSameFeatures(Normalise):
    """The same features are dropped at every position of a sentence. Dropout chooses anew for every feature of every
    position: use `nn.Dropout`."""

    def dropped(self, x, rate):
        return x * super().dropped(self.xp.ones_like(x[:1] if x.ndim < 3 else x[:, :1]), rate)


@misconception(hurts_training=True)
class ResDropoutHardCoded(Normalise):
    """The rate is always 0.1, whatever `dropout` says. Use the argument."""

    def dropped(self, x, rate):
        return super().dropped(x, self.default_dropout)


@misconception(hurts_training=True)
class ResDropoutScaledInEvaluation(Normalise):
    """The sublayer's output is scaled by 1 - p in evaluation, and not at all in training. Scale what is kept by
    1 / (1 - p) in training, and leave evaluation alone, as `nn.Dropout` does."""

    def dropped(self, x, rate):
        return super().dropped(x, rate) * (1 - rate)


@misconception(weight=Weight.SLIP)
class ResDropoutDefaultZero(Normalise):
    """When `dropout` is left out, nothing is dropped. Its default is 0.1."""

    default_dropout = 0.0


@misconception(weight=Weight.SLIP)
class ResDropoutDefaultHalf(Normalise):
    """When `dropout` is left out, half of the sublayer's output is dropped, as in `nn.Dropout()`. Its default is
    0.1."""

    default_dropout = 0.5
