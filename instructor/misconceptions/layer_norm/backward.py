"""Misconceptions about the backward pass of layer normalization."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.layer_norm.steps import Normalise


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
    """The gradient's path through the deviation is missing: that is the term with x̂. The path through the mean is
    there."""

    def through_deviation(self, g, normalised):
        return 0.0


@misconception()
class BwdLnNoMeanTerm(Normalise):
    """The gradient's path through the mean is missing: that is mean(g). The path through the deviation is there."""

    def through_mean(self, g):
        return 0.0


@misconception()
class BwdLnZeros(Normalise):
    """The gradient of x is 0. For an upstream gradient of ones and equal γ that is even right: check with a random
    one."""

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
    """The gradient of x is divided by σ² + ε. Divide by its root."""

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
class BwdLnGammaMean(Normalise):
    """The gradient of γ is averaged over the tokens. Each token used γ once: sum, as for β."""

    def grad_gamma(self, grad_output, normalised, x, gamma):
        return super().grad_gamma(grad_output, normalised, x, gamma) * x.shape[-1] / x.size


@misconception()
class BwdLnBetaMean(Normalise):
    """The gradient of β is averaged over the tokens. Each token used β once: sum, as for γ."""

    def grad_beta(self, grad_output, gamma):
        return super().grad_beta(grad_output, gamma) * grad_output.shape[-1] / grad_output.size


@misconception()
class BwdLnSumsOverFeatures(Normalise):
    """The gradients of γ and β are summed over the features. They have one entry for each feature: sum over the
    tokens."""

    def over_tokens(self, terms):
        return terms.sum(axis=-1)


@misconception()
class BwdLnOrder(Normalise):
    """The gradients of γ and β are swapped. Return those of x, γ and β, in this order."""

    def results(self, grad_x, grad_gamma, grad_beta):
        return grad_x, grad_beta, grad_gamma


@misconception()
class BwdLnOnlyX(Normalise):
    """Only the gradient of x is returned. This exercise asks for three: those of x, γ and β."""

    def results(self, grad_x, grad_gamma, grad_beta):
        return grad_x


@misconception()
class BwdLnChangesGradOutput(Normalise):
    """The upstream gradient is multiplied by γ in place (`grad_output *= …`). Others still need that array: make a new
    one."""

    def layer_norm_backward(self, grad_output, x, gamma, eps=None):
        results = super().layer_norm_backward(grad_output, x, gamma, eps)
        grad_output *= gamma
        return results


@misconception(weight=Weight.NOTHING_LEFT)
class BwdLnAllZeros(Normalise):
    """All gradients are 0. Follow the chain rule back through β, γ, the deviation and the mean."""

    def results(self, grad_x, grad_gamma, grad_beta):
        return 0 * grad_x, 0 * grad_gamma, 0 * grad_beta


@misconception()
class BwdLnOnlyGamma(Normalise):
    """The gradient of x is γ ∂L/∂y, as if nothing had been normalised. Divide by the deviation, and subtract two terms:
    the paths through the mean and through the deviation."""

    def grad_x(self, g, normalised, deviation, gamma):
        return g


@misconception()
class BwdLnUpstreamIgnored(Normalise):
    """`grad_output` is not used, as if every output counted once. Start with the upstream gradient."""

    def layer_norm_backward(self, grad_output, x, gamma, eps=None):
        return super().layer_norm_backward(0 * grad_output + 1, x, gamma, eps)


@misconception()
class BwdLnDividedByBatch(Normalise):
    """The gradients of γ and β are divided by the batch size. Where a mean belongs to the loss, it is in `grad_output`
    already: add up."""

    def over_tokens(self, terms):
        return super().over_tokens(terms) / (len(terms) if terms.ndim > 1 else 1)


@misconception()
class BwdLnTermCentred(Normalise):
    """The term through the deviation is built from x - μ in place of x̂. Divide by the deviation first: it is x̂ mean(g
    x̂)."""

    def grad_x(self, g, normalised, deviation, gamma):
        return (g - self.through_mean(g) - self.through_deviation(g, normalised * deviation)) / deviation


@misconception()
class BwdLnOnlyDirectDivided(Normalise):
    """Only the direct term of the gradient of x is divided by the deviation. All three terms are."""

    def grad_x(self, g, normalised, deviation, gamma):
        return g / deviation - self.through_mean(g) - self.through_deviation(g, normalised)


@misconception()
class BwdLnMeanSign(Normalise):
    """The term through the mean has the wrong sign: a larger mean makes every output smaller, so it is subtracted."""

    def through_mean(self, g):
        return -super().through_mean(g)


@misconception()
class BwdLnMeansOverTokens(Normalise):
    """The means in the gradient of x run over the tokens. Each token has its own, over its features: axis -1."""

    def through_mean(self, g):
        return g.mean(axis=-2 if g.ndim > 1 else -1, keepdims=True)

    def through_deviation(self, g, normalised):
        return normalised * self.through_mean(g * normalised)


@misconception()
class BwdLnKeepsAxes(Normalise):
    """The gradients of γ and β have axes of length 1 in front, from `keepdims=True`. They are vectors, as γ and
    β are."""

    def over_tokens(self, terms):
        return terms.sum(axis=tuple(range(terms.ndim - 1)), keepdims=True)


@misconception()
class BwdLnResidualAdded(Normalise):
    """`grad_output` is added to the gradient of x. The residual connection around this layer does that: return the
    norm's own gradient."""

    def layer_norm_backward(self, grad_output, x, gamma, eps=None):
        grad_x, grad_gamma, grad_beta = super().layer_norm_backward(grad_output, x, gamma, eps)
        return grad_x + grad_output, grad_gamma, grad_beta


@misconception()
class BwdLnIntoX(Normalise):
    """The gradient is written into x itself. The caller still needs x: make a new array."""

    def layer_norm_backward(self, grad_output, x, gamma, eps=None):
        grad_x, grad_gamma, grad_beta = super().layer_norm_backward(grad_output, x, gamma, eps)
        x[...] = grad_x
        return x, grad_gamma, grad_beta
