"""Misconceptions about the encoder's norms."""

from autograder.exercise import misconception
from autograder.misconceptions.encoder.steps import Layers


@misconception()
class EncSharedNorm(Layers):
    """One norm serves both sublayers. Two sublayers, two norms: the second sum is normalised with the gain and the
    shift of `residual2`."""

    def norm_of(self, number):
        return super().norm_of(1)


@misconception()
class EncOneResidualObject(Layers):
    """The layer has one residual connection and uses it twice, or gives it two names, so only one norm can learn. Make
    two objects: `residual1` and `residual2`."""

    def layer_parts(self, module, d_model, num_heads, d_ff):
        super().layer_parts(module, d_model, num_heads, d_ff)
        module.residual2 = module.residual1


@misconception()
class EncNormsSwapped(Layers):
    """The norms have changed places: `residual1` belongs to self-attention, `residual2` to the feed-forward
    network."""

    def norm_of(self, number):
        return super().norm_of(3 - number)


@misconception()
class EncNorm2Missing(Layers):
    """The second sum is returned as it is. A post-norm layer ends with a norm."""

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


@misconception()
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
