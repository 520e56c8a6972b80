"""Misconceptions about the residual connection."""

from autograder.exercise import misconception
from autograder.misconceptions.layer_norm.steps import Normalise


@misconception()
class ResMissing(Normalise):
    """`x` is never added: only the sublayer's output is normalised. Without x the gradient has no way past the
    sublayer."""

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
    """The sum is returned as it is. It has to go through the norm."""

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


@misconception()
class ResDetachedHighway(Normalise):
    """`x` is cut from the graph before it is added (`.detach()`, `.data`). The way past the sublayer is there for the
    gradient."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x.detach() + self.dropped(sublayer(x), rate))


@misconception()
class ResDetachedSublayer(Normalise):
    """The sublayer's output is cut from the graph (`.detach()`, `no_grad`): nothing in the sublayer could learn."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x + self.dropped(sublayer(x).detach(), rate))


@misconception()
class ResNormMisnamed(Normalise):
    """The norm of the residual connection has another name. The contract calls it `norm`, so that weights can be loaded
    by name."""

    norm_name = "layer_norm"


@misconception()
class ResDropoutMissing(Normalise):
    """The argument `dropout` is never used. In training the sublayer's output is dropped before it is added."""

    def dropped(self, x, rate):
        return x


@misconception()
class ResDropoutInEval(Normalise):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def dropped(self, x, rate):
        return self.xp.nn.functional.dropout(x, rate, True)


@misconception()
class ResDropoutOnSum(Normalise):
    """Dropout is applied to the sum, so x is dropped too. Only the sublayer's output is."""

    def residual(self, x, sublayer, norm, rate):
        return norm(self.dropped(x + sublayer(x), rate))


@misconception()
class ResDropoutAfterNorm(Normalise):
    """Dropout is applied to the result, after the norm. It belongs to the sublayer's output, before the sum."""

    def residual(self, x, sublayer, norm, rate):
        return self.dropped(norm(x + sublayer(x)), rate)


@misconception()
class ResDropoutOnInput(Normalise):
    """Dropout is applied to what goes into the sublayer. It belongs to what comes out."""

    def residual(self, x, sublayer, norm, rate):
        return norm(x + sublayer(self.dropped(x, rate)))


@misconception()
class ResDropoutOnHighway(Normalise):
    """Dropout is applied to x. It belongs to the sublayer's output; x goes past untouched."""

    def residual(self, x, sublayer, norm, rate):
        return norm(self.dropped(x, rate) + sublayer(x))


@misconception()
class ResDropoutNotRescaled(Normalise):
    """What dropout keeps is not scaled by 1 / (1 - p): in training the expectation shrinks."""

    def dropped(self, x, rate):
        return super().dropped(x, rate) * (1 - rate if self.training else 1)


@misconception()
class ResDropoutKeepsRate(Normalise):
    """The argument `dropout` is taken for the share that is kept. It is the share that is dropped."""

    def dropped(self, x, rate):
        return super().dropped(x, 1 - rate if self.training else rate)
