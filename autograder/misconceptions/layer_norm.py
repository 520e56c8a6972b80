"""Misconceptions about layer normalization and the residual connection, for both wings.

`Normalise` does unit 4 in small steps on NumPy arrays and on tensors alike: `self.xp` is the library. A misconception
overrides one step, and its docstring is the sentence that the student reads.
"""

from types import ModuleType
from typing import Any

import numpy as np

from autograder.exercise import misconception

EXERCISES = ("layer_norm", "layer_norm_backward")


class Normalise:
    """Unit 4 in steps."""

    xp: ModuleType
    training = False
    default_eps = 1e-5

    def __init__(self, xp: ModuleType, training: bool = False) -> None:
        self.xp, self.training = xp, training

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {name: getattr(cls(np), name) for name in EXERCISES}
        from autograder.misconceptions.layer_norm_modules import modules

        return modules(cls)

    # layer normalization

    def layer_norm(self, x: Any, gamma: Any, beta: Any, eps: float | None = None) -> Any:
        return self.affine(self.normalised(x, self.eps(eps))[0], gamma, beta)

    def eps(self, given: float | None) -> float:
        return self.default_eps if given is None else given

    def normalised(self, x: Any, eps: float) -> Any:
        mean = self.mean(x)
        deviation = self.deviation(self.variance(x, mean), eps)
        return self.centred(x, mean) / deviation, deviation

    def mean(self, x: Any) -> Any:
        return self.average(x)

    def average(self, x: Any) -> Any:
        return x.mean(axis=-1, keepdims=True)

    def variance(self, x: Any, mean: Any) -> Any:
        return self.average((x - mean) ** 2)

    def deviation(self, variance: Any, eps: float) -> Any:
        return self.xp.sqrt(variance + eps)

    def centred(self, x: Any, mean: Any) -> Any:
        return x - mean

    def affine(self, normalised: Any, gamma: Any, beta: Any) -> Any:
        return gamma * normalised + beta

    # its backward pass

    def layer_norm_backward(self, grad_output: Any, x: Any, gamma: Any, eps: float | None = None) -> Any:
        normalised, deviation = self.normalised(x, self.eps(eps))
        return self.results(
            self.grad_x(self.scaled(grad_output, gamma), normalised, deviation, gamma),
            self.grad_gamma(grad_output, normalised, x, gamma),
            self.grad_beta(grad_output, gamma),
        )

    def scaled(self, grad_output: Any, gamma: Any) -> Any:
        return gamma * grad_output

    def grad_x(self, g: Any, normalised: Any, deviation: Any, gamma: Any) -> Any:
        return (g - self.through_mean(g) - self.through_deviation(g, normalised)) / deviation

    def through_mean(self, g: Any) -> Any:
        return g.mean(axis=-1, keepdims=True)

    def through_deviation(self, g: Any, normalised: Any) -> Any:
        return normalised * (g * normalised).mean(axis=-1, keepdims=True)

    def grad_gamma(self, grad_output: Any, normalised: Any, x: Any, gamma: Any) -> Any:
        return self.over_tokens(grad_output * normalised)

    def grad_beta(self, grad_output: Any, gamma: Any) -> Any:
        return self.over_tokens(grad_output)

    def over_tokens(self, terms: Any) -> Any:
        return terms.sum(axis=tuple(range(terms.ndim - 1)))

    def results(self, grad_x: Any, grad_gamma: Any, grad_beta: Any) -> Any:
        return grad_x, grad_gamma, grad_beta

    # the modules of the PyTorch wing

    def parameters(self, module: Any, d_model: int) -> None:
        module.gamma = self.xp.nn.Parameter(self.xp.ones(d_model))
        module.beta = self.xp.nn.Parameter(self.xp.zeros(d_model))

    def gamma_and_beta(self, module: Any) -> tuple[Any, Any]:
        return module.gamma, module.beta

    norm_name = "norm"

    def residual(self, x: Any, sublayer: Any, norm: Any, rate: float) -> Any:
        return norm(x + self.dropped(sublayer(x), rate))

    def dropped(self, x: Any, rate: float) -> Any:
        return self.xp.nn.functional.dropout(x, rate, self.training)


# ---- the axes of mean and variance


@misconception()
class LnBatchAxis(Normalise):
    """Mean and variance run over the first axis, the batch: that is batch norm. Normalise each token alone, over its
    features, or the samples influence one another."""

    def average(self, x):
        return x.mean(axis=0, keepdims=True)


@misconception()
class LnTimeAxis(Normalise):
    """Mean and variance run over the tokens (axis -2). Normalise each token alone, over its features, axis -1."""

    def average(self, x):
        return x.mean(axis=-2 if x.ndim > 1 else -1, keepdims=True)


@misconception()
class LnAxisOne(Normalise):
    """Mean and variance run over axis 1, whatever the number of axes. The features are the last axis: say -1."""

    def average(self, x):
        return x.mean(axis=1, keepdims=True)


@misconception()
class LnHardCodedAxis(Normalise):
    """The features' axis is written as 2, which is right with three axes only. Say -1: there may be two axes, or
    four."""

    def average(self, x):
        return x.mean(axis=2, keepdims=True)


@misconception()
class LnTimeAndFeature(Normalise):
    """Mean and variance run over tokens and features together. Every token has its own: take the last axis alone."""

    def average(self, x):
        return x.mean(axis=(-2, -1) if x.ndim > 1 else -1, keepdims=True)


@misconception()
class LnAllButBatch(Normalise):
    """Mean and variance run over everything but the batch. Every token has its own: take the last axis alone."""

    def average(self, x):
        return x.mean(axis=tuple(range(1, x.ndim)), keepdims=True)


@misconception()
class LnAll(Normalise):
    """One mean and one variance serve the whole array, because no axis was named. Every token has its own: take the
    last axis."""

    def average(self, x):
        return x.mean()


@misconception()
class LnNoKeepdims(Normalise):
    """Mean and variance lost their axis, and no longer line up with `x`: keep it with `keepdims=True`."""

    def average(self, x):
        return x.mean(axis=-1)


@misconception()
class LnOnly3d(Normalise):
    """The code unpacks exactly three axes. Leading axes are free: index from the end."""

    def normalised(self, x, eps):
        _batch, _tokens, _features = x.shape
        return super().normalised(x, eps)


@misconception()
class LnViewOnNoncontiguous(Normalise):
    """`.view` needs contiguous memory, and a transposed tensor has none. Nothing need be reshaped here: work on the
    last axis."""

    def normalised(self, x, eps):
        return super().normalised(x if self.xp is np else x.view(-1).view(x.shape), eps)


# ---- the variance


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
    """`eps` is added to the difference from the mean. It belongs under the line: to the variance, inside the root."""

    def centred(self, x, mean):
        return x - mean + 1e-5

    def deviation(self, variance, eps):
        return self.xp.sqrt(variance)


@misconception()
class LnEpsIgnored(Normalise):
    """The argument `eps` is ignored: 1e-5 stands in the code itself. Use the number that was given."""

    def eps(self, given):
        return self.default_eps


@misconception()
class LnEpsDefault(Normalise):
    """Where eps is left out it is 1e-6 here, as in many tutorials. The contract's default is 1e-5."""

    default_eps = 1e-6


@misconception()
class LnEpsDefaultThousandth(Normalise):
    """Where eps is left out it is 1e-3 here, which swallows small differences. The contract's default is 1e-5."""

    default_eps = 1e-3


@misconception()
class LnEpsDefaultEighth(Normalise):
    """Where eps is left out it is 1e-8 here, as in optimisers. The contract's default is 1e-5."""

    default_eps = 1e-8


@misconception()
class LnEpsDefaultTiny(Normalise):
    """Where eps is left out it is 1e-12 here. The contract's default is 1e-5."""

    default_eps = 1e-12


@misconception()
class LnDividesByVariance(Normalise):
    """The difference from the mean is divided by the variance. Divide by its root, the standard deviation."""

    def deviation(self, variance, eps):
        return variance + eps


@misconception()
class LnSumOfSquares(Normalise):
    """The squares are summed, not averaged: the variance is their mean over the features."""

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
    """Only the mean is taken away. Divide by the standard deviation as well."""

    def deviation(self, variance, eps):
        return variance * 0 + 1


@misconception()
class LnNoCentering(Normalise):
    """The mean is never taken away, and the root mean square divides: that is RMSNorm. Subtract the mean first."""

    def mean(self, x):
        return 0 * super().mean(x)


@misconception()
class LnMeanNotSubtracted(Normalise):
    """The variance is taken about the mean, but then `x` itself is divided. Divide x - μ."""

    def centred(self, x, mean):
        return x


# ---- gain and bias


@misconception()
class LnNoGain(Normalise):
    """The gain γ is never used. What is normalised needs a scale that can be learned, one for each feature."""

    def affine(self, normalised, gamma, beta):
        return normalised + beta


@misconception()
class LnNoBias(Normalise):
    """The shift β is never used. What is normalised needs a shift that can be learned, one for each feature."""

    def affine(self, normalised, gamma, beta):
        return gamma * normalised


@misconception()
class LnNoAffine(Normalise):
    """Neither γ nor β is used. Scale by γ what is normalised, then shift it by β."""

    def affine(self, normalised, gamma, beta):
        return normalised


@misconception()
class LnGainBiasOrder(Normalise):
    """The shift β is added before γ multiplies, so the shift is scaled too. Scale first, then shift."""

    def affine(self, normalised, gamma, beta):
        return gamma * (normalised + beta)


@misconception()
class LnGainBiasSwapped(Normalise):
    """The roles of γ and β have changed places. γ multiplies, β is added."""

    def affine(self, normalised, gamma, beta):
        return beta * normalised + gamma


@misconception()
class LnOnePlusGain(Normalise):
    """What is normalised is multiplied by 1 + γ. γ is the factor itself: it starts at 1."""

    def affine(self, normalised, gamma, beta):
        return (1 + gamma) * normalised + beta

    def parameters(self, module, d_model):
        super().parameters(module, d_model)
        module.gamma = self.xp.nn.Parameter(self.xp.zeros(d_model))


@misconception()
class LnScalarGain(Normalise):
    """One number γ and one β serve all features. Both are vectors with an entry for each feature: d_model numbers."""

    def affine(self, normalised, gamma, beta):
        return super().affine(normalised, gamma.mean(), beta.mean())

    def parameters(self, module, d_model):
        module.gamma = self.xp.nn.Parameter(self.xp.ones(1))
        module.beta = self.xp.nn.Parameter(self.xp.zeros(1))


@misconception()
class LnGainFirst(Normalise):
    """The gain γ multiplies x before it is normalised, which takes most of it away again. Normalise, then scale."""

    def layer_norm(self, x, gamma, beta, eps=None):
        return self.normalised(gamma * x, self.eps(eps))[0] + beta


@misconception()
class LnBetaStartsAtOne(Normalise):
    """The shift β starts at 1. It starts at 0: a new layer norm only normalises."""

    def parameters(self, module, d_model):
        super().parameters(module, d_model)
        module.beta = self.xp.nn.Parameter(self.xp.ones(d_model))


@misconception()
class LnGammaStartsAtZero(Normalise):
    """The gain γ starts at 0, so a new layer norm gives 0 whatever comes in. It starts at 1."""

    def parameters(self, module, d_model):
        super().parameters(module, d_model)
        module.gamma = self.xp.nn.Parameter(self.xp.zeros(d_model))


@misconception()
class LnRandomStart(Normalise):
    """The parameters γ and β start as random numbers. γ starts at 1 and β at 0: a new layer norm only normalises."""

    def parameters(self, module, d_model):
        module.gamma = self.xp.nn.Parameter(self.xp.randn(d_model))
        module.beta = self.xp.nn.Parameter(self.xp.randn(d_model))


@misconception("ln-parameters-as-buffers")
class LnNotRegistered(Normalise):
    """The parameters γ and β are plain tensors or buffers, so PyTorch does not train them. Make them
    `nn.Parameter`s."""

    def parameters(self, module, d_model):
        module.gamma, module.beta = self.xp.ones(d_model), self.xp.zeros(d_model)


@misconception()
class LnPytorchNames(Normalise):
    """The parameters are called `weight` and `bias`. The contract calls them `gamma` and `beta`, so that weights can be
    loaded by name."""

    def parameters(self, module, d_model):
        super().parameters(module, d_model)
        module.weight, module.bias = module.gamma, module.beta
        del module.gamma, module.beta

    def gamma_and_beta(self, module):
        return module.weight, module.bias


@misconception()
class LnGainWithAxes(Normalise):
    """The parameters γ and β were given axes of length 1 in front. They are vectors of d_model numbers and broadcast as
    they are."""

    def parameters(self, module, d_model):
        module.gamma = self.xp.nn.Parameter(self.xp.ones(1, 1, d_model))
        module.beta = self.xp.nn.Parameter(self.xp.zeros(1, 1, d_model))


# ---- whose memory, whose gradient


@misconception()
class LnInPlace(Normalise):
    """The mean is subtracted in place (`x -= …`). The caller's array is changed now, and with it the residual: make a
    new one."""

    def centred(self, x, mean):
        x -= mean
        return x


@misconception()
class LnResultInItsInput(Normalise):
    """The result is written into `x` itself (`x /= …`, `x *= gamma`): the caller's array is gone. Make a new one."""

    def layer_norm(self, x, gamma, beta, eps=None):
        result = super().layer_norm(x, gamma, beta, eps)
        x[...] = result
        return x


@misconception()
class LnDetachedStats(Normalise):
    """Mean and variance are cut from the graph (`.detach()`, `.data`, `.item()`, `no_grad`). They depend on x: gradient
    flows through both."""

    def mean(self, x):
        return self.cut(super().mean(x))

    def variance(self, x, mean):
        return self.cut(super().variance(x, mean))

    def cut(self, x):
        return x if self.xp is np else x.detach()


@misconception()
class LnDetachedVariance(Normalise):
    """The variance is cut from the graph (`.detach()`, `.data`, `no_grad`). It depends on x: gradient flows through
    it."""

    def variance(self, x, mean):
        variance = super().variance(x, mean)
        return variance if self.xp is np else variance.detach()


@misconception()
class LnDetachedMean(Normalise):
    """The mean is cut from the graph (`.detach()`, `.data`, `no_grad`). It depends on x: gradient flows through it."""

    def mean(self, x):
        mean = super().mean(x)
        return mean if self.xp is np else mean.detach()


@misconception()
class LnSinglePrecision(Normalise):
    """The result went through float32 on its way. What comes in goes out: keep the dtype of x."""

    def affine(self, normalised, gamma, beta):
        normalised = normalised.astype("float32") if self.xp is np else normalised.float().to(normalised.dtype)
        return super().affine(normalised, gamma, beta)


@misconception()
class LnAlwaysDouble(Normalise):
    """The result is always float64. What comes in goes out: float32 stays float32."""

    def affine(self, normalised, gamma, beta):
        result = super().affine(normalised, gamma, beta)
        return result if self.xp is np else result.double()


# ---- the residual connection


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


# ---- the backward pass


@misconception("bwd-ln-statistics-constant")
class BwdLnStdConstant(Normalise):
    """The gradient of x has only its direct term, γ ∂L/∂y / √(σ² + ε), as if mean and deviation were constants. Both
    depend on x: two terms are missing."""

    def through_mean(self, g):
        return 0.0

    def through_deviation(self, g, normalised):
        return 0.0


@misconception()
class BwdLnNoDeviationTerm(Normalise):
    """The gradient's way through the deviation is missing: that is the term with x̂. The way through the mean is
    there."""

    def through_deviation(self, g, normalised):
        return 0.0


@misconception()
class BwdLnNoMeanTerm(Normalise):
    """The gradient's way through the mean is missing: that is mean(g). The way through the deviation is there."""

    def through_mean(self, g):
        return 0.0


@misconception()
class BwdLnZeros(Normalise):
    """The gradient of x is 0. With ones from above and equal γ that is even true: check with random numbers."""

    def grad_x(self, g, normalised, deviation, gamma):
        return 0.0 * super().grad_x(g, normalised, deviation, gamma)


@misconception()
class BwdLnGammaLate(Normalise):
    """The means are taken of ∂L/∂y, and γ multiplies in the end. On the way back γ comes first: the means are of g = γ
    ∂L/∂y."""

    def scaled(self, grad_output, gamma):
        return grad_output

    def grad_x(self, g, normalised, deviation, gamma):
        return gamma * super().grad_x(g, normalised, deviation, gamma)


@misconception()
class BwdLnNoGamma(Normalise):
    """The gain γ does not appear in the gradient of x. The forward pass multiplied by it, and so does the way back."""

    def scaled(self, grad_output, gamma):
        return grad_output


@misconception()
class BwdLnNoDivision(Normalise):
    """The gradient of x is not divided by the deviation. The forward pass divides by √(σ² + ε), and so does the way
    back."""

    def grad_x(self, g, normalised, deviation, gamma):
        return super().grad_x(g, normalised, deviation * 0 + 1, gamma)


@misconception()
class BwdLnDividesByVariance(Normalise):
    """The gradient of x is divided by σ² + ε. Its root divides."""

    def grad_x(self, g, normalised, deviation, gamma):
        return super().grad_x(g, normalised, deviation**2, gamma)


@misconception()
class BwdLnSums(Normalise):
    """The two terms of the gradient of x hold sums over the features. They are means: divide by d_model."""

    def through_mean(self, g):
        return g.sum(axis=-1, keepdims=True)

    def through_deviation(self, g, normalised):
        return normalised * (g * normalised).sum(axis=-1, keepdims=True)


@misconception()
class BwdLnMeansOverEverything(Normalise):
    """The means in the gradient of x run over the whole array. Each token has its own, over its features."""

    def through_mean(self, g):
        return g.mean()

    def through_deviation(self, g, normalised):
        return normalised * (g * normalised).mean()


@misconception()
class BwdLnSign(Normalise):
    """The term through the deviation has the wrong sign: a larger deviation makes every output smaller, so it is
    subtracted."""

    def through_deviation(self, g, normalised):
        return -super().through_deviation(g, normalised)


@misconception()
class BwdLnTermWithoutXHat(Normalise):
    """The term through the deviation is mean(g x̂) alone. It is that number times x̂."""

    def through_deviation(self, g, normalised):
        return (g * normalised).mean(axis=-1, keepdims=True)


@misconception()
class BwdLnUnbiasedTerm(Normalise):
    """The term through the deviation is divided by n - 1. The variance was a mean over n features, and so is this."""

    def through_deviation(self, g, normalised):
        return super().through_deviation(g, normalised) * g.shape[-1] / (g.shape[-1] - 1)


@misconception()
class BwdLnDgammaX(Normalise):
    """The gradient of γ is summed from ∂L/∂y · x. γ multiplied x̂, so it is ∂L/∂y · x̂."""

    def grad_gamma(self, grad_output, normalised, x, gamma):
        return self.over_tokens(grad_output * x)


@misconception()
class BwdLnDgammaWithGamma(Normalise):
    """The gain γ itself appears in its own gradient. That is ∂L/∂y · x̂, summed over the tokens."""

    def grad_gamma(self, grad_output, normalised, x, gamma):
        return gamma * super().grad_gamma(grad_output, normalised, x, gamma)


@misconception()
class BwdLnDbetaWithGamma(Normalise):
    """The gain γ appears in the gradient of β. β is added after γ has multiplied: its gradient is ∂L/∂y, summed over
    the tokens."""

    def grad_beta(self, grad_output, gamma):
        return gamma * super().grad_beta(grad_output, gamma)


@misconception()
class BwdLnBatchSumOnly(Normalise):
    """The gradients of γ and β are summed over the first axis only. All tokens share them: sum over every leading
    axis."""

    def over_tokens(self, terms):
        return terms.sum(axis=0) if terms.ndim > 1 else terms


@misconception()
class BwdLnTwoAxesOnly(Normalise):
    """The gradients of γ and β are summed over axes 0 and 1, which is right with three axes only. Sum over every
    leading axis."""

    def over_tokens(self, terms):
        return terms.sum(axis=(0, 1))


@misconception()
class BwdLnNoSum(Normalise):
    """The gradients of γ and β still have a row for each token. All tokens share γ and β: sum over them."""

    def over_tokens(self, terms):
        return terms


@misconception()
class BwdLnMeanOverTokens(Normalise):
    """The gradients of γ and β are averaged over the tokens. The contributions of all uses add up: sum."""

    def over_tokens(self, terms):
        return super().over_tokens(terms) * terms.shape[-1] / terms.size


@misconception()
class BwdLnSumsOverFeatures(Normalise):
    """The gradients of γ and β are summed over the features. They have one entry for each feature: sum over the
    tokens."""

    def over_tokens(self, terms):
        return terms.sum(axis=-1)


@misconception()
class BwdLnOrder(Normalise):
    """The gradients of γ and β have changed places. Return those of x, γ and β, in this order."""

    def results(self, grad_x, grad_gamma, grad_beta):
        return grad_x, grad_beta, grad_gamma


@misconception()
class BwdLnOnlyX(Normalise):
    """Only the gradient of x is returned. The contract asks for three: those of x, γ and β."""

    def results(self, grad_x, grad_gamma, grad_beta):
        return grad_x


@misconception()
class BwdLnChangesGradOutput(Normalise):
    """The gradient from above is multiplied by γ in place (`grad_output *= …`). Others still need that array: make a
    new one."""

    def layer_norm_backward(self, grad_output, x, gamma, eps=None):
        results = super().layer_norm_backward(grad_output, x, gamma, eps)
        grad_output *= gamma
        return results


MISCONCEPTIONS = [
    steps.misconception
    for steps in list(globals().values())
    if isinstance(steps, type) and "misconception" in vars(steps)
]
