"""Misconceptions about the variance."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.layer_norm.steps import Normalise


class _Unbiased(Normalise):
    def variance(self, x, mean):
        return super().variance(x, mean) * x.shape[-1] / (x.shape[-1] - 1)


class _EpsOutside(Normalise):
    def deviation(self, variance, eps):
        return self.xp.sqrt(variance) + eps


@misconception("ln-torch-std-default")
class LnUnbiased(_Unbiased):
    """The variance is divided by n - 1 (the default of `torch.std` and `torch.var`). Layer norm divides by n: it
    describes these features and estimates nothing."""


@misconception()
class LnEpsOutside(_EpsOutside):
    """`eps` is added to the standard deviation. It belongs to the variance, inside the square root."""


@misconception("ln-annotated", "ln-most-copied-variant")
class LnUnbiasedEpsOutside(_Unbiased, _EpsOutside):
    """The variance is divided by n - 1, and eps is added outside the root: this is the variant of the most copied
    tutorials, not layer norm. Divide by n, and put eps inside the root."""


@misconception()
class LnEpsTimesStd(Normalise):
    """The standard deviation is multiplied by eps. eps is added, to the variance, inside the root."""

    def deviation(self, variance, eps):
        return self.xp.sqrt(variance) * eps


@misconception()
class LnUnbiasedStdTimesEps(_Unbiased):
    """The standard deviation, over n - 1, is multiplied by eps. Divide by n; eps is added to the variance, inside the
    root."""

    def deviation(self, variance, eps):
        return self.xp.sqrt(variance) * eps


@misconception("bwd-ln-no-eps")
class LnNoEps(Normalise):
    """`eps` is never used: where all features of a token are equal the variance is 0, and 0/0 is NaN. Add it to the
    variance."""

    def deviation(self, variance, eps):
        return self.xp.sqrt(variance)


@misconception()
class LnEpsSquared(Normalise):
    """`eps` is squared before it is added to the variance. The equation has ε itself under the root."""

    def deviation(self, variance, eps):
        return self.xp.sqrt(variance + eps**2)


@misconception()
class LnEpsAsFloor(Normalise):
    """`eps` is used as a lower bound of the variance (`clamp`, `maximum`). It is added to every variance."""

    def deviation(self, variance, eps):
        return self.xp.sqrt(self.xp.clip(variance, eps, None))


@misconception()
class LnEpsInNumerator(Normalise):
    """`eps` is added to the difference from the mean. It belongs in the denominator: add it to the variance, inside the
    root."""

    def centred(self, x, mean):
        return x - mean + 1e-5

    def deviation(self, variance, eps):
        return self.xp.sqrt(variance)


@misconception()
class LnEpsIgnored(Normalise):
    """The argument `eps` is ignored: 1e-5 is written into the code. Use the number that was given."""

    def eps(self, given):
        return self.default_eps


@misconception(weight=Weight.SLIP)
class LnEpsDefault(Normalise):
    """When eps is left out, it is 1e-6 here, as in many tutorials. Its default is 1e-5."""

    default_eps = 1e-6


@misconception(weight=Weight.SLIP)
class LnEpsDefaultThousandth(Normalise):
    """When eps is left out, it is 1e-3 here, which swallows small differences. Its default is 1e-5."""

    default_eps = 1e-3


@misconception(weight=Weight.SLIP)
class LnEpsDefaultEighth(Normalise):
    """When eps is left out, it is 1e-8 here, as in optimisers. Its default is 1e-5."""

    default_eps = 1e-8


@misconception(weight=Weight.SLIP)
class LnEpsDefaultTiny(Normalise):
    """When eps is left out, it is 1e-12 here. Its default is 1e-5."""

    default_eps = 1e-12


@misconception()
class LnDividesByVariance(Normalise):
    """The difference from the mean is divided by the variance. Divide by its root, the standard deviation."""

    def deviation(self, variance, eps):
        return variance + eps


@misconception()
class LnSumOfSquares(Normalise):
    """The squares are summed. Take their mean: the variance is divided by the number of features."""

    def variance(self, x, mean):
        return super().variance(x, mean) * x.shape[-1]


@misconception()
class LnMeanAbsolute(Normalise):
    """The spread is the mean absolute difference. Layer norm takes the root of the mean squared difference."""

    def variance(self, x, mean):
        return abs(x - mean).mean(axis=-1, keepdims=True) ** 2


@misconception()
class LnOnePassVariance(Normalise):
    """The variance is computed as E[x²] - E[x]²: two large and nearly equal numbers, whose difference is all rounding
    error where the mean is large. Subtract the mean first, then square."""

    def variance(self, x, mean):
        return self.average(x**2) - mean**2


@misconception()
class LnOnePassVarianceFloored(LnOnePassVariance):
    """The variance is computed as E[x²] - E[x]² and kept from falling below 0: no NaN, but where the mean is large it
    is still all rounding error. Subtract the mean first, then square."""

    def variance(self, x, mean):
        return self.xp.clip(super().variance(x, mean), 0.0, None)


@misconception()
class LnOnlyCentred(Normalise):
    """Only the mean is subtracted. Divide by the standard deviation as well."""

    def deviation(self, variance, eps):
        return variance * 0 + 1


@misconception()
class LnNoCentering(Normalise):
    """The mean is never subtracted, and x is divided by its root mean square: that is RMSNorm. Subtract the mean
    first."""

    def mean(self, x):
        return 0 * super().mean(x)


@misconception()
class LnMeanNotSubtracted(Normalise):
    """The variance is right, but then `x` itself is divided by its root. Divide x - μ."""

    def centred(self, x, mean):
        return x


@misconception()
class LnVarianceAboutZero(Normalise):
    """The squares that are averaged are those of x, not of x - μ. Subtract the mean before you square."""

    def variance(self, x, mean):
        return self.average(x**2)


@misconception()
class LnUnitLength(Normalise):
    """Every token is divided by its length (the L2 norm). Subtract the mean, then divide by the standard deviation."""

    def mean(self, x):
        return 0 * super().mean(x)

    def variance(self, x, mean):
        return (x**2).sum(-1)[..., None]


@misconception()
class LnMinMax(Normalise):
    """Every token is scaled to the range from 0 to 1. Subtract the mean, then divide by the standard deviation."""

    def mean(self, x):
        return self.xp.amin(x, -1)[..., None]

    def variance(self, x, mean):
        return (self.xp.amax(x, -1)[..., None] - mean) ** 2


@misconception()
class LnRootsAdded(Normalise):
    """The root is taken of σ² and of eps separately. Add eps to the variance first, then take one root."""

    def deviation(self, variance, eps):
        return self.xp.sqrt(variance) + eps**0.5


@misconception()
class LnEpsAsFloorOfDeviation(Normalise):
    """`eps` is used as a lower bound of the standard deviation (`clamp`, `maximum`). It is added to every variance,
    inside the root."""

    def deviation(self, variance, eps):
        return self.xp.clip(self.xp.sqrt(variance), eps, None)


@misconception()
class LnEpsTwice(Normalise):
    """`eps` is added twice: to the variance, and to its root as well. Add it once, to the variance."""

    def deviation(self, variance, eps):
        return super().deviation(variance, eps) + eps


@misconception(weight=Weight.SLIP)
class LnEpsDefaultNinth(Normalise):
    """When eps is left out, it is 1e-9 here. Its default is 1e-5."""

    default_eps = 1e-9
