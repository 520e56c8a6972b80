"""Misconceptions about what the decoder's norms compute, and about norms in the wrong place."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.decoder.steps import Decoding


@misconception()
class DecNormTwice(Decoding):
    """Each sum is normalised twice with the same norm. `ResidualConnection` normalises already: leave the second call
    out."""

    def norm(self, number, x):
        return super().norm(number, super().norm(number, x))


@misconception()
class DecNormWeightsUnused(Decoding):
    """The sums are standardised, but gamma and beta are never used. Multiply by the norm's gamma and add its beta."""

    def scaled(self, number, standardised):
        return standardised


class GammaBetaSwapped(Decoding):
    """Some norms multiply by beta and add gamma."""

    swapped_in: tuple[int, ...] = ()

    def scaled(self, number, standardised):
        weights = self.part(f"residual{number}.norm")
        gain, shift = ("beta", "gamma") if number in self.swapped_in else ("gamma", "beta")
        return weights[gain] * standardised + weights[shift]


@misconception()
class DecGammaBetaSwapped(GammaBetaSwapped):
    """The gain and the shift are swapped: the norm multiplies by beta and adds gamma. The order is `layer_norm(x,
    gamma, beta)`."""

    swapped_in = (1, 2, 3)


@misconception()
class DecGammaBetaSwappedFirst(GammaBetaSwapped):
    """In the norm after self-attention the gain and the shift are swapped: it multiplies by beta and adds gamma. The
    order is `layer_norm(x, gamma, beta)`, as in the other two norms."""

    swapped_in = (1,)


@misconception()
class DecGammaBetaSwappedSecond(GammaBetaSwapped):
    """In the norm after cross-attention the gain and the shift are swapped: it multiplies by beta and adds gamma. The
    order is `layer_norm(x, gamma, beta)`, as in the other two norms."""

    swapped_in = (2,)


@misconception()
class DecGammaBetaSwappedThird(GammaBetaSwapped):
    """In the norm after the feed-forward network the gain and the shift are swapped: it multiplies by beta and adds
    gamma. The order is `layer_norm(x, gamma, beta)`, as in the other two norms."""

    swapped_in = (3,)


@misconception()
class DecNormOverTokens(Decoding):
    """The norms take mean and variance over the tokens of the target: earlier tokens learn about later ones. Take them
    over the features of each token, which are on the last axis."""

    def standardised(self, x):
        return self.xp.swapaxes(super().standardised(self.xp.swapaxes(x, 1, 2)), 1, 2)


@misconception()
class DecNormOverSentence(Decoding):
    """The norms take one mean and one variance for a whole sentence: earlier tokens learn about later ones. Normalise
    each token alone, over the last axis."""

    def standardised(self, x):
        return super().standardised(x.reshape(len(x), -1)).reshape(x.shape)


@misconception()
class DecBatchNorm(Decoding):
    """The norms take mean and variance over the batch and its tokens: that is batch normalization, and sentences
    influence one another. Take them over the features of each token."""

    def standardised(self, x):
        return super().standardised(x.reshape(-1, x.shape[-1]).T).T.reshape(x.shape)


@misconception()
class DecNormNotCentred(Decoding):
    """The norms divide by the root mean square and do not subtract the mean: that is RMSNorm, of later models. Subtract
    the mean first."""

    def standardised(self, x):
        return x / self.xp.sqrt((x * x).mean(-1, keepdims=True) + 1e-5)


@misconception()
class DecNormUnbiased(Decoding):
    """The variance is divided by d_model - 1, as `torch.var` and `ddof=1` do. LayerNorm divides by d_model."""

    def variance(self, centred):
        return (centred * centred).sum(-1, keepdims=True) / (centred.shape[-1] - 1)


@misconception()
class DecAnnotatedNorm(Decoding):
    """The norms divide by the unbiased standard deviation with eps outside the root, as a well-known tutorial does.
    Take the LayerNorm of unit 4."""

    def standardised(self, x):
        centred = x - x.mean(-1, keepdims=True)
        return centred / (self.xp.sqrt((centred * centred).sum(-1, keepdims=True) / (x.shape[-1] - 1)) + 1e-6)


@misconception(weight=Weight.SLIP)
class DecOtherEps(Decoding):
    """The norms use another eps than 1e-5, for instance 1e-6. Leave it at its default."""

    eps = 1e-6


@misconception()
class DecNormedInputAdded(Decoding):
    """`x` is overwritten by its norm (`x = norm(x)`), and the sublayer's result is added to that. Add it to x as it
    came, and normalise the sum."""

    def residual(self, number, x, sublayer):
        x = self.norm(number, x)
        return x + self.dropout(sublayer(x))


@misconception()
class DecPreNormFfn(Decoding):
    """Around the feed-forward network the norm comes before the sublayer: c + FFN(LayerNorm(c)). Normalise the sum
    there, as you do around the attentions."""

    def residual(self, number, x, sublayer):
        if number != 3:
            return super().residual(number, x, sublayer)
        return x + self.dropout(sublayer(self.norm(3, x)))


@misconception()
class DecPreNormAttentions(Decoding):
    """Around the attentions the norm comes before the sublayer: x + Attention(LayerNorm(x)). Normalise the sum there,
    as you do around the feed-forward network."""

    def residual(self, number, x, sublayer):
        if number == 3:
            return super().residual(number, x, sublayer)
        return x + self.dropout(sublayer(self.norm(number, x)))


@misconception()
class DecInputNormed(Decoding):
    """The stack normalises its input before the first layer. The input goes into the first layer as it is, and each
    layer ends with a norm."""

    def decoder(self, x, memory, layers, num_heads, tgt_mask=None, memory_mask=None):
        return super().decoder(self.standardised(x), memory, layers, num_heads, tgt_mask, memory_mask)
