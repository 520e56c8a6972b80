"""Misconceptions about gain and bias."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.layer_norm.steps import Normalise


@misconception()
class LnNoGain(Normalise):
    """The gain γ is never used. Multiply the normalised numbers by γ, which has one number for each feature."""

    def affine(self, normalised, gamma, beta):
        return normalised + beta


@misconception()
class LnNoBias(Normalise):
    """The shift β is never used. Add β after γ has multiplied; it has one number for each feature."""

    def affine(self, normalised, gamma, beta):
        return gamma * normalised


@misconception()
class LnNoAffine(Normalise):
    """Neither γ nor β is used. Multiply the normalised numbers by γ, then add β."""

    def affine(self, normalised, gamma, beta):
        return normalised


@misconception()
class LnGainBiasOrder(Normalise):
    """The shift β is added before γ multiplies, so the shift is scaled too. Scale first, then shift."""

    def affine(self, normalised, gamma, beta):
        return gamma * (normalised + beta)


@misconception()
class LnGainBiasSwapped(Normalise):
    """The roles of γ and β are swapped. γ multiplies, β is added."""

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
    """One number γ and one β are used for all features. Both are vectors with an entry for each feature: d_model
    numbers."""

    def affine(self, normalised, gamma, beta):
        return super().affine(normalised, gamma.mean(), beta.mean())

    def parameters(self, module, d_model):
        module.gamma = self.xp.nn.Parameter(self.xp.ones(1))
        module.beta = self.xp.nn.Parameter(self.xp.zeros(1))


@misconception()
class LnGainFirst(Normalise):
    """The gain γ multiplies x before it is normalised, which removes most of it again. Normalise, then scale."""

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


@misconception()
class LnGammaStartsAtRandom(Normalise):
    """The gain γ starts as random numbers (`torch.randn`). It starts at 1: a new layer norm only normalises."""

    def parameters(self, module, d_model):
        super().parameters(module, d_model)
        module.gamma = self.xp.nn.Parameter(self.xp.randn(d_model))


@misconception()
class LnBetaStartsAtRandom(Normalise):
    """The shift β starts as random numbers (`torch.randn`). It starts at 0: a new layer norm only normalises."""

    def parameters(self, module, d_model):
        super().parameters(module, d_model)
        module.beta = self.xp.nn.Parameter(self.xp.randn(d_model))


@misconception()
class LnGammaStartsBelowOne(Normalise):
    """The gain γ starts as random numbers between 0 and 1 (`torch.rand`). It starts at 1: a new layer norm only
    normalises."""

    def parameters(self, module, d_model):
        super().parameters(module, d_model)
        module.gamma = self.xp.nn.Parameter(self.xp.rand(d_model))


@misconception()
class LnSmallRandomStart(Normalise):
    """The parameters γ and β start as small random numbers, as a linear map does. γ starts at 1 and β at 0: a new layer
    norm only normalises."""

    def parameters(self, module, d_model):
        module.gamma = self.xp.nn.Parameter(0.02 * self.xp.randn(d_model))
        module.beta = self.xp.nn.Parameter(0.02 * self.xp.randn(d_model))


@misconception("ln-parameters-as-buffers", "res-norm-in-a-list")
class LnNotRegistered(Normalise):
    """PyTorch finds no γ and β to train: they are plain tensors or buffers, or the norm that has them is in a list.
    Make them `nn.Parameter`s, and the norm an attribute."""

    def parameters(self, module, d_model):
        module.gamma, module.beta = self.xp.ones(d_model), self.xp.zeros(d_model)


@misconception()
class LnPytorchNames(Normalise):
    """The parameters are called `weight` and `bias`. This exercise calls them `gamma` and `beta`, so that weights can
    be loaded by name."""

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


@misconception()
class LnBiasSubtracted(Normalise):
    """The shift β is subtracted. Add it."""

    def affine(self, normalised, gamma, beta):
        return gamma * normalised - beta


@misconception(weight=Weight.NOTHING_LEFT)
class LnReturnsInput(Normalise):
    """`x` comes back as it is. Subtract its mean, divide by its standard deviation, then use γ and β."""

    def layer_norm(self, x, gamma, beta, eps=None):
        return x + 0 * gamma + 0 * beta


@misconception(weight=Weight.NOTHING_LEFT)
class LnReturnsZeros(Normalise):
    """The result is 0 everywhere. Return γ x̂ + β."""

    def affine(self, normalised, gamma, beta):
        return 0 * normalised


@misconception()
class LnFrozen(Normalise):
    """The parameters γ and β are frozen (`requires_grad=False`), so they never learn. Leave `requires_grad` alone."""

    def parameters(self, module, d_model):
        super().parameters(module, d_model)
        module.gamma.requires_grad = module.beta.requires_grad = False


@misconception()
class LnBetaFrozen(Normalise):
    """The shift β is frozen (`requires_grad=False`), so it never learns. Parameters are trained by default: leave
    `requires_grad` alone."""

    def parameters(self, module, d_model):
        super().parameters(module, d_model)
        module.beta.requires_grad = False


@misconception()
class LnNoBetaParameter(Normalise):
    """The module has no β. It needs two parameters: γ, which starts at 1, and β, which starts at 0."""

    def parameters(self, module, d_model):
        module.gamma = self.xp.nn.Parameter(self.xp.ones(d_model))

    def gamma_and_beta(self, module):
        return module.gamma, 0.0


@misconception()
class LnOldNames(Normalise):
    """The parameters are called `a_2` and `b_2`, as in a widely copied tutorial. This exercise calls them `gamma` and
    `beta`, so that weights can be loaded by name."""

    def parameters(self, module, d_model):
        super().parameters(module, d_model)
        module.a_2, module.b_2 = module.gamma, module.beta
        del module.gamma, module.beta

    def gamma_and_beta(self, module):
        return module.a_2, module.b_2
