"""Misconceptions about the encoder's norms."""

from typing import Any

from autograder.exercise import Weight, misconception
from instructor.misconceptions.encoder.steps import Layers


def exchanged(weights: Any, norm: str) -> Any:
    """The weights with the gain and the shift of one norm in each other's place."""
    return weights | {f"{norm}.gamma": weights[f"{norm}.beta"], f"{norm}.beta": weights[f"{norm}.gamma"]}


@misconception()
class EncSharedNorm(Layers):
    """One norm, that of `residual1`, is used for both sublayers. Normalise the second sum with the gain and the shift
    of `residual2`."""

    def norm_of(self, number):
        return super().norm_of(1)


@misconception(hurts_training=True)
class EncOneResidualObject(Layers):
    """The layer has one residual connection and uses it twice, or gives it two names, so only one norm can learn. Make
    two objects: `residual1` and `residual2`."""

    def layer_parts(self, module, d_model, num_heads, d_ff):
        super().layer_parts(module, d_model, num_heads, d_ff)
        module.residual2 = module.residual1


@misconception()
class EncNormsSwapped(Layers):
    """The norms are swapped. Use `residual1` for self-attention and `residual2` for the feed-forward network."""

    def norm_of(self, number):
        return super().norm_of(3 - number)


@misconception()
class EncNorm2Missing(Layers):
    """The second sum is returned as it is. A post-norm layer ends with a norm: normalise that sum, too."""

    def normalise(self, x, weights, norm):
        return x if norm == "residual2.norm" else super().normalise(x, weights, norm)


@misconception()
class EncNorm1Missing(Layers):
    """The sum after self-attention is not normalised. Every sublayer has a residual connection and a norm."""

    def normalise(self, x, weights, norm):
        return x if norm == "residual1.norm" else super().normalise(x, weights, norm)


@misconception()
class EncPreNorm(Layers):
    """The norm comes before the sublayer: x + Sublayer(LayerNorm(x)) is the order of later models. The paper
    normalises the sum."""

    def residual(self, x, sublayer, weights, norm):
        return self.add(x, self.dropout(sublayer(self.normalise(x, weights, norm))))


@misconception()
class EncNormBeforeSum(Layers):
    """What the sublayer returns is normalised, and x is added after that. The norm takes the sum: LayerNorm(x +
    Sublayer(x))."""

    def residual(self, x, sublayer, weights, norm):
        return self.add(x, self.normalise(self.dropout(sublayer(x)), weights, norm))


@misconception()
class EncNormOnBothSides(Layers):
    """The input of a sublayer is normalised as well as the sum. The paper has one norm for each sublayer, after the
    sum."""

    def residual(self, x, sublayer, weights, norm):
        return super().residual(x, lambda x: sublayer(self.normalise(x, weights, norm)), weights, norm)


@misconception(weight=Weight.SLIP)
class EncOtherEps(Layers):
    """The norms use another eps than 1e-5, for instance 1e-6. Leave it at its default."""

    eps = 1e-6


@misconception()
class EncAnnotatedNorm(Layers):
    """The norms divide by the unbiased standard deviation with eps outside the root, as a well-known tutorial does.
    Take the LayerNorm of unit 4."""

    def standardised(self, x):
        centred = x - x.mean(axis=-1, keepdims=True)
        return centred / (((centred * centred).sum(axis=-1, keepdims=True) / (x.shape[-1] - 1)) ** 0.5 + 1e-6)


@misconception()
class EncSecondNormForBoth(Layers):
    """Both sums are normalised with the gain and the shift of `residual2`. The first sum belongs to `residual1`."""

    def norm_of(self, number):
        return super().norm_of(2)


@misconception()
class EncNoNorms(Layers):
    """Nothing is normalised: the norms are missing, or what they return is dropped. A norm returns a new array: write
    x = norm(x)."""

    def residual(self, x, sublayer, weights, norm):
        return self.add(x, self.dropout(sublayer(x)))


@misconception()
class EncNormTwice(Layers):
    """Each sum is normalised twice with the same norm. `ResidualConnection` normalises already: leave the second call
    out."""

    def normalise(self, x, weights, norm):
        return super().normalise(super().normalise(x, weights, norm), weights, norm)


@misconception()
class EncNormWeightsUnused(Layers):
    """The sums are standardised, but gamma and beta are never used. Multiply by the norm's gamma and add its beta."""

    def normalise(self, x, weights, norm):
        return self.standardised(x)


@misconception()
class EncGammaUnused(Layers):
    """The norms add beta but do not multiply by gamma. Scale first, then shift: gamma · x̂ + beta."""

    def normalise(self, x, weights, norm):
        return self.standardised(x) + weights[f"{norm}.beta"]


@misconception()
class EncBetaUnused(Layers):
    """The norms multiply by gamma but do not add beta. Scale first, then shift: gamma · x̂ + beta."""

    def normalise(self, x, weights, norm):
        return weights[f"{norm}.gamma"] * self.standardised(x)


@misconception()
class EncGammaBetaSwapped(Layers):
    """The gain and the shift are swapped: the norm multiplies by beta and adds gamma. The order is `layer_norm(x,
    gamma, beta)`."""

    def normalise(self, x, weights, norm):
        return weights[f"{norm}.beta"] * self.standardised(x) + weights[f"{norm}.gamma"]


@misconception()
class EncGammaBetaSwappedFirst(Layers):
    """In the norm after self-attention the gain and the shift are swapped: it multiplies by beta and adds gamma. The
    order is `layer_norm(x, gamma, beta)`, as after the feed-forward network."""

    def first(self, x, weights, num_heads, mask):
        return super().first(x, exchanged(weights, "residual1.norm"), num_heads, mask)


@misconception()
class EncGammaBetaSwappedSecond(Layers):
    """In the norm after the feed-forward network the gain and the shift are swapped: it multiplies by beta and adds
    gamma. The order is `layer_norm(x, gamma, beta)`, as after self-attention."""

    def second(self, h, x, weights):
        return super().second(h, x, exchanged(weights, "residual2.norm"))


@misconception()
class EncNormOverTokens(Layers):
    """The norms take mean and variance over the tokens of a sentence. Take them over the features of each token, which
    are on the last axis."""

    def standardised(self, x):
        return self.xp.swapaxes(super().standardised(self.xp.swapaxes(x, 1, 2)), 1, 2)


@misconception()
class EncNormOverSentence(Layers):
    """The norms take one mean and one variance for a whole sentence, over its tokens and their features. Each token is
    normalised alone, over the last axis."""

    def standardised(self, x):
        return super().standardised(x.reshape(len(x), -1)).reshape(x.shape)


@misconception()
class EncBatchNorm(Layers):
    """The norms take mean and variance over the batch and its tokens: that is batch normalization, and sentences
    influence one another. Take them over the features of each token."""

    def standardised(self, x):
        return super().standardised(x.reshape(-1, x.shape[-1]).T).T.reshape(x.shape)


@misconception()
class EncNormNotCentred(Layers):
    """The norms divide by the root mean square and do not subtract the mean: that is RMSNorm, of later models. Subtract
    the mean first."""

    def standardised(self, x):
        return x / ((x * x).mean(axis=-1, keepdims=True) + self.eps) ** 0.5


@misconception()
class EncNormUnbiased(Layers):
    """The variance is divided by d_model - 1, as `torch.var` and `ddof=1` do. LayerNorm divides by d_model."""

    def standardised(self, x):
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = (centred * centred).sum(axis=-1, keepdims=True) / (x.shape[-1] - 1)
        return centred / (variance + self.eps) ** 0.5


@misconception()
class EncDividesByVariance(Layers):
    """The norms divide by the variance. Divide by its square root, the standard deviation."""

    def standardised(self, x):
        centred = x - x.mean(axis=-1, keepdims=True)
        return centred / ((centred * centred).mean(axis=-1, keepdims=True) + self.eps)
