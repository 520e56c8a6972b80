"""Misconceptions about where the encoder's norms stand: layers that are pre-norm, in whole or in part."""

from autograder.exercise import misconception
from instructor.misconceptions.encoder.steps import Layers, part


@misconception()
class EncNormedInputAdded(Layers):
    """`x` is overwritten by its norm (`x = norm(x)`), and the sublayer's result is added to that. Add it to x as it
    came, and normalise the sum."""

    def residual(self, x, sublayer, weights, norm):
        x = self.normalise(x, weights, norm)
        return self.add(x, self.dropout(sublayer(x)))


@misconception()
class EncPreNormQueryOnly(Layers):
    """The norm comes before the sublayer, and in self-attention only the queries are normed: keys and values are x as
    it came. The paper normalises the sum x + Sublayer(x), and gives attention the same x three times."""

    def first(self, x, weights, num_heads, mask):
        normed, own = self.normalise(x, weights, self.norm_of(1)), part(weights, "self_attention")
        return self.add(x, self.dropout(self.attention(normed, x, x, own, num_heads, mask)[0]))

    def second(self, h, x, weights):
        return self.add(h, self.dropout(self.feed_forward(self.normalise(h, weights, self.norm_of(2)), weights)))


@misconception()
class EncPreNormFirst(Layers):
    """Around self-attention the norm comes before the sublayer: x + Attention(LayerNorm(x)). Normalise the sum there,
    as you do around the feed-forward network."""

    def first(self, x, weights, num_heads, mask):
        return self.add(
            x, self.dropout(self.attend(self.normalise(x, weights, self.norm_of(1)), weights, num_heads, mask))
        )


@misconception()
class EncPreNormSecond(Layers):
    """Around the feed-forward network the norm comes before the sublayer: h + FFN(LayerNorm(h)). Normalise the sum
    there, as you do around self-attention."""

    def second(self, h, x, weights):
        return self.add(h, self.dropout(self.feed_forward(self.normalise(h, weights, self.norm_of(2)), weights)))


@misconception()
class EncInputNormed(Layers):
    """The stack normalises its input before the first layer. The input goes into the first layer as it is, and each
    layer ends with a norm."""

    def encoder(self, x, layers, num_heads, mask=None):
        return super().encoder(self.standardised(x), layers, num_heads, mask)
