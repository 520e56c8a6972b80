"""Misconceptions about whose memory is written to and whose gradient is lost."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.layer_norm.steps import Normalise


@misconception()
class LnInPlace(Normalise):
    """The mean is subtracted in place (`x -= …`). The caller's array is changed now, and with it the residual: make a
    new one."""

    def centred(self, x, mean):
        x -= mean
        return x


@misconception()
class LnResultInItsInput(Normalise):
    """The result is written into `x` itself (`x /= …`, `x *= gamma`): the caller's array is lost. Make a new one."""

    def layer_norm(self, x, gamma, beta, eps=None):
        result = super().layer_norm(x, gamma, beta, eps)
        x[...] = result
        return x


@misconception(hurts_training=True)
class LnDetachedStats(Normalise):
    """Mean and variance are cut from the graph (`.detach()`, `.data`, `.item()`, `no_grad`). They depend on x: gradient
    flows through both."""

    def mean(self, x):
        return self.cut(super().mean(x))

    def variance(self, x, mean):
        return self.cut(super().variance(x, mean))

    def cut(self, x):
        return x if self.xp is np else x.detach()


@misconception(hurts_training=True)
class LnDetachedVariance(Normalise):
    """The variance is cut from the graph (`.detach()`, `.data`, `no_grad`). It depends on x: gradient flows through
    it."""

    def variance(self, x, mean):
        variance = super().variance(x, mean)
        return variance if self.xp is np else variance.detach()


@misconception(hurts_training=True)
class LnDetachedMean(Normalise):
    """The mean is cut from the graph (`.detach()`, `.data`, `no_grad`). It depends on x: gradient flows through it."""

    def mean(self, x):
        mean = super().mean(x)
        return mean if self.xp is np else mean.detach()


@misconception()
class LnSinglePrecision(Normalise):
    """The result is rounded to float32 on the way. Keep the dtype of x."""

    def affine(self, normalised, gamma, beta):
        normalised = normalised.astype("float32") if self.xp is np else normalised.float().to(normalised.dtype)
        return super().affine(normalised, gamma, beta)


@misconception()
class LnAlwaysDouble(Normalise):
    """The result is always float64. Keep the dtype of the input: float32 stays float32."""

    def affine(self, normalised, gamma, beta):
        result = super().affine(normalised, gamma, beta)
        return result if self.xp is np else result.double()


@misconception(hurts_training=True)
class LnInputDetached(Normalise):
    """`x` is cut from the graph (`.detach()`, `.data`): γ and β learn, but nothing before this layer does. Use x as it
    is."""

    def normalised(self, x, eps):
        return super().normalised(x if self.xp is np else x.detach(), eps)


@misconception(hurts_training=True)
class LnNoGrad(Normalise):
    """The result is cut from the graph (`torch.no_grad()`, `.detach()`): no gradient reaches γ, β or x. Leave the graph
    alone."""

    def affine(self, normalised, gamma, beta):
        result = super().affine(normalised, gamma, beta)
        return result if self.xp is np else result.detach()
