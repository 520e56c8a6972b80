"""Misconceptions about the ReLU."""

import math

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.feed_forward.steps import Network


@misconception()
class FfnLeakyRelu(Network):
    """Negative numbers are made small (a leaky ReLU) instead of 0. The paper's ReLU lets nothing of them through."""

    def relu(self, x):
        return self.xp.where(x > 0, x, 0.01 * x)


@misconception()
class FfnElu(Network):
    """The activation is an ELU, which goes down to -1. The paper's ReLU is exactly 0 for negative numbers."""

    def relu(self, x):
        return self.xp.where(x > 0, x, self.xp.expm1(x))


@misconception()
class FfnGelu(Network):
    """The activation is a GELU, as in BERT and GPT. The paper of 2017 uses the ReLU: 0 below 0, unchanged above."""

    def relu(self, x):
        if self.xp is not np:
            return self.xp.nn.functional.gelu(x)
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


@misconception()
class FfnSilu(Network):
    """The activation is x times its sigmoid (SiLU, Swish). The paper of 2017 uses the ReLU: 0 below 0, unchanged
    above."""

    def relu(self, x):
        return x / (1 + self.xp.exp(-x))


@misconception()
class FfnSoftplus(Network):
    """The activation is log(1 + eˣ), the smooth softplus. The ReLU bends sharply at 0, and does not change positive
    numbers."""

    def relu(self, x):
        return self.xp.log1p(self.xp.exp(x))


@misconception()
class FfnTanh(Network):
    """The activation is tanh, which flattens large numbers and keeps negative ones. The paper uses the ReLU."""

    def relu(self, x):
        return self.xp.tanh(x)


@misconception()
class FfnSigmoid(Network):
    """The activation is a sigmoid, which squeezes everything between 0 and 1. The paper uses the ReLU."""

    def relu(self, x):
        return 1 / (1 + self.xp.exp(-x))


@misconception()
class FfnAbsolute(Network):
    """Negative numbers become positive: that is the absolute value. The ReLU makes them 0."""

    def relu(self, x):
        return abs(x)


@misconception()
class FfnMinimum(Network):
    """The positive numbers become 0 and the negative ones stay: take the larger of x and 0, not the smaller."""

    def relu(self, x):
        return self.xp.where(x < 0, x, 0.0)


@misconception()
class FfnStep(Network):
    """The comparison `x > 0` itself is returned, as 0 and 1. Return the numbers themselves where it is true, and 0
    elsewhere."""

    def relu(self, x):
        return 0.0 * x + (x > 0)


@misconception()
class FfnReluCapped(Network):
    """Large numbers are cut off at 6 (a ReLU6). The ReLU has no upper limit."""

    def relu(self, x):
        return self.xp.clip(x, 0, 6)


@misconception()
class FfnMaxAlongAxis(Network):
    """`max(x, 0)` of NumPy or PyTorch is the maximum *along axis 0*, and that axis is gone. Compare every number with 0
    on its own: `maximum`."""

    def relu(self, x):
        return self.xp.amax(x, 0)


@misconception()
class FfnBuiltinMax(Network):
    """Python's own `max` (or an `if`) asks an array for one truth value, and it has none. Compare number by number."""

    def relu(self, x):
        return max(x, 0)


@misconception()
class FfnInPlaceRelu(Network):
    """The negative numbers are set to 0 in the caller's own array. The residual branch still needs them: make a new
    array."""

    def relu(self, x):
        x[x < 0] = 0
        return x

    def activate(self, before):
        return super().relu(before)


@misconception(weight=Weight.NOTHING_LEFT)
class FfnReluIdentity(Network):
    """`x` comes back as it is, with its negative numbers. `if (x > 0).any()` does that too: it asks once for the whole
    array. Compare number by number."""

    def relu(self, x):
        return x

    def activate(self, before):
        return super().relu(before)


@misconception(weight=Weight.NOTHING_LEFT)
class FfnReluZeros(Network):
    """Everything becomes 0, positive numbers too. An `if (x > 0).all()` does that: one negative number decides for the
    whole array. Compare number by number."""

    def relu(self, x):
        return 0.0 * x


@misconception()
class FfnReluDoubled(Network):
    """Positive numbers come out twice as large: x + |x| is 2x there. Divide the sum by 2."""

    def relu(self, x):
        return x + abs(x)


@misconception()
class FfnReluSquared(Network):
    """Positive numbers are squared, as in some later models. The ReLU leaves them as they are."""

    def relu(self, x):
        return super().relu(x) ** 2


@misconception()
class FfnReluCappedAtOne(Network):
    """Everything above 1 is cut off, as with `clip(x, 0, 1)`. The ReLU has no upper limit."""

    def relu(self, x):
        return self.xp.clip(x, 0, 1)


@misconception()
class FfnReluSelects(Network):
    """`x[x > 0]` keeps the positive numbers and throws the others away, so the shape is lost. Put a 0 where a number is
    negative, with `maximum` or `where`."""

    def relu(self, x):
        return x[x > 0]


@misconception()
class FfnReluWholeNumbers(Network):
    """The result holds whole numbers only, because it was written into an array of integers. Keep the dtype of x."""

    def relu(self, x):
        return super().relu(x).astype(int).astype(float) if self.xp is np else super().relu(x).trunc()


@misconception()
class FfnGeluOtherForm(Network):
    """The activation is a GELU in its less common form: with the error function in NumPy, with tanh in PyTorch. The
    paper's ReLU is simpler: 0 below 0, unchanged above."""

    def relu(self, x):
        if self.xp is not np:
            return self.xp.nn.functional.gelu(x, approximate="tanh")
        return 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


@misconception()
class FfnQuickGelu(Network):
    """The activation is x times the sigmoid of 1.702 x, a shortcut for the GELU. The paper uses the ReLU: 0 below 0,
    unchanged above."""

    def relu(self, x):
        return x / (1 + self.xp.exp(-1.702 * x))
