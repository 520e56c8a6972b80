"""Misconceptions about the decoder's residuals and norms."""

import numpy as np

from autograder.exercise import misconception
from autograder.misconceptions.decoder.steps import Decoding


@misconception()
class DecNormShared(Decoding):
    """The norm of cross-attention also serves the feed-forward network. Three sublayers, three norms."""

    def norm(self, number, x):
        return super().norm(min(number, 2), x)


@misconception()
class DecNormSharedByAttentions(Decoding):
    """The norm of self-attention also serves cross-attention. Three sublayers, three norms."""

    def norm(self, number, x):
        return super().norm(1 if number == 2 else number, x)


@misconception()
class DecOneNorm(Decoding):
    """One norm serves all three sublayers. Each has a norm of its own: they start alike, and then learn different
    things."""

    def norm(self, number, x):
        return super().norm(1, x)

    def parameters(self, module, parts, d_model, num_heads, d_ff):
        super().parameters(module, parts, d_model, num_heads, d_ff)
        module.residual2 = module.residual3 = module.residual1


@misconception()
class DecNormsSwapped(Decoding):
    """The norms of the second and the third sublayer have changed places: `residual2` belongs to cross-attention,
    `residual3` to the feed-forward network."""

    def norm(self, number, x):
        return super().norm({1: 1, 2: 3, 3: 2}[number], x)


@misconception()
class DecNorm3Missing(Decoding):
    """The last norm is missing: a post-norm layer ends with a norm."""

    def norm(self, number, x):
        return x if number == 3 else super().norm(number, x)


@misconception()
class DecNorm2Missing(Decoding):
    """The norm after cross-attention is missing. Each of the three sums is normed."""

    def norm(self, number, x):
        return x if number == 2 else super().norm(number, x)


@misconception()
class DecPreNorm(Decoding):
    """The norm stands before the sublayer, x + Sublayer(LN(x)). The paper norms the sum."""

    def residual(self, number, x, sublayer):
        return x + self.dropout(sublayer(self.norm(number, x)))


@misconception()
class DecNormThenAdd(Decoding):
    """The sublayer's result is normed and then added, x + LN(Sublayer(x)). The paper norms the sum."""

    def residual(self, number, x, sublayer):
        return x + self.norm(number, self.dropout(sublayer(x)))


@misconception()
class DecNoResiduals(Decoding):
    """The inputs of the sublayers are not added to their outputs. Norm the sum of both."""

    def residual(self, number, x, sublayer):
        return self.norm(number, self.dropout(sublayer(x)))


@misconception()
class DecCrossWithoutResidual(Decoding):
    """Around cross-attention the residual is missing: what self-attention found is lost. Add it before the norm."""

    def residual(self, number, x, sublayer):
        return super().residual(number, x, sublayer) if number != 2 else self.norm(2, self.dropout(sublayer(x)))


@misconception()
class DecCrossResidualIsInput(Decoding):
    """The layer's input is added to cross-attention. Every residual adds the input of its own sublayer, here what the
    first one returned."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.norm(2, x + self.dropout(self.cross(h, memory, tgt_mask, memory_mask)))
        return self.residual(3, c, self.feed_forward)


@misconception()
class DecFfnResidualIsOldState(Decoding):
    """The state before cross-attention is added to the feed-forward network's output. Every residual adds the input of
    its own sublayer."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, lambda h: self.cross(h, memory, tgt_mask, memory_mask))
        return self.residual(3, h, lambda h: self.feed_forward(c))


@misconception()
class DecResidualTwice(Decoding):
    """The input is added twice: in the sublayer, and again by its residual connection. One of the two is enough."""

    def residual(self, number, x, sublayer):
        return super().residual(number, x, lambda x: x + sublayer(x))


@misconception()
class DecAddsInPlace(Decoding):
    """The caller's array is changed (`x += …`). Make a new one: it is still needed, and PyTorch needs it for the
    gradient."""

    def residual(self, number, x, sublayer):
        if number == 1 and self.xp is np:
            x += sublayer(x)
        elif number == 1:
            x.data += self.dropout(sublayer(x)).data
        return self.norm(1, x) if number == 1 else super().residual(number, x, sublayer)
