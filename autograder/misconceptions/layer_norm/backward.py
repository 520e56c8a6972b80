"""Misconceptions about the backward pass of layer normalization."""

from autograder.exercise import misconception
from autograder.misconceptions.layer_norm.steps import Normalise


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
