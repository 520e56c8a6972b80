"""Misconceptions about the decoder's residuals and norms."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.decoder.steps import Decoding


@misconception()
class DecNormShared(Decoding):
    """The norm of cross-attention is also used for the feed-forward network. Use the norm of `residual3` there."""

    def norm(self, number, x):
        return super().norm(min(number, 2), x)


@misconception()
class DecNormSharedByAttentions(Decoding):
    """The norm of self-attention is also used for cross-attention. Use the norm of `residual2` there."""

    def norm(self, number, x):
        return super().norm(1 if number == 2 else number, x)


@misconception()
class DecOneNorm(Decoding):
    """One residual connection, `residual1`, is used with its norm for all three sublayers. Each sublayer has its own:
    use `residual2` around cross-attention and `residual3` around the feed-forward network."""

    def norm(self, number, x):
        return super().norm(1, x)


@misconception()
class DecNormsSwapped(Decoding):
    """The norms of the second and the third sublayer are swapped: `residual2` belongs to cross-attention, `residual3`
    to the feed-forward network."""

    def norm(self, number, x):
        return super().norm({1: 1, 2: 3, 3: 2}[number], x)


@misconception()
class DecNorm3Missing(Decoding):
    """The norm after the feed-forward network is missing. A post-norm layer ends with a norm: normalise each of the
    three sums."""

    def norm(self, number, x):
        return x if number == 3 else super().norm(number, x)


@misconception()
class DecNorm2Missing(Decoding):
    """The norm after cross-attention is missing. Normalise each of the three sums."""

    def norm(self, number, x):
        return x if number == 2 else super().norm(number, x)


@misconception()
class DecPreNorm(Decoding):
    """The norm comes before the sublayer: x + Sublayer(LayerNorm(x)) is the order of later models. The paper normalises
    the sum."""

    def residual(self, number, x, sublayer):
        return x + self.dropout(sublayer(self.norm(number, x)))


@misconception()
class DecNormThenAdd(Decoding):
    """The sublayer's result is normalised and then added: x + LayerNorm(Sublayer(x)). The paper normalises the sum."""

    def residual(self, number, x, sublayer):
        return x + self.norm(number, self.dropout(sublayer(x)))


@misconception()
class DecNoResiduals(Decoding):
    """The inputs of the sublayers are not added to their outputs. Add them, and normalise the sum."""

    def residual(self, number, x, sublayer):
        return self.norm(number, self.dropout(sublayer(x)))


@misconception()
class DecCrossWithoutResidual(Decoding):
    """Around cross-attention the residual is missing: what self-attention found is lost. Add it before
    the norm."""

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
class DecSelfResidualTwice(Decoding):
    """Around self-attention the input is added twice: in the sublayer, and again by its residual connection. One of the
    two is enough."""

    def residual(self, number, x, sublayer):
        return super().residual(number, x, (lambda x: x + sublayer(x)) if number == 1 else sublayer)


@misconception()
class DecCrossResidualTwice(Decoding):
    """Around cross-attention the input is added twice: in the sublayer, and again by its residual connection. One of
    the two is enough."""

    def residual(self, number, x, sublayer):
        return super().residual(number, x, (lambda x: x + sublayer(x)) if number == 2 else sublayer)


@misconception()
class DecFfnResidualTwice(Decoding):
    """Around the feed-forward network the input is added twice: in the sublayer, and again by its residual connection.
    One of the two is enough."""

    def residual(self, number, x, sublayer):
        return super().residual(number, x, (lambda x: x + sublayer(x)) if number == 3 else sublayer)


@misconception()
class DecResidualAfterNorm(Decoding):
    """The input is added once more after the norm: x + LayerNorm(x + Sublayer(x)). The residual connection is done with
    the sum inside the norm."""

    def residual(self, number, x, sublayer):
        return x + super().residual(number, x, sublayer)


@misconception()
class DecResidualAfterFirstNorm(Decoding):
    """Around self-attention the input is added once more after the norm: x + LayerNorm(x + Attention(x)). The residual
    connection is done with the sum inside the norm."""

    def residual(self, number, x, sublayer):
        normed = super().residual(number, x, sublayer)
        return x + normed if number == 1 else normed


@misconception()
class DecResidualAfterSecondNorm(Decoding):
    """Around cross-attention its input is added once more after the norm: h + LayerNorm(h + Attention(h, memory)). The
    residual connection is done with the sum inside the norm."""

    def residual(self, number, x, sublayer):
        normed = super().residual(number, x, sublayer)
        return x + normed if number == 2 else normed


@misconception()
class DecResidualAfterThirdNorm(Decoding):
    """Around the feed-forward network its input is added once more after the norm: c + LayerNorm(c + FFN(c)). The
    residual connection is done with the sum inside the norm."""

    def residual(self, number, x, sublayer):
        normed = super().residual(number, x, sublayer)
        return x + normed if number == 3 else normed


@misconception()
class DecInputAddedAfterThirdNorm(Decoding):
    """The layer's input x is added to the result, after the third norm. The layer ends with that norm: return what it
    gives. x is added once, in the first sum."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        return x + super().layer(x, memory, tgt_mask, memory_mask)


@misconception()
class DecInputAddedToSecondSum(Decoding):
    """The layer's input x is added to the second sum as well. That sum has two terms: what the first norm returned, and
    what cross-attention found."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.norm(2, x + h + self.dropout(self.cross(h, memory, tgt_mask, memory_mask)))
        return self.residual(3, c, self.feed_forward)


@misconception()
class DecInputAddedToThirdSum(Decoding):
    """The layer's input x is added to the third sum as well. That sum has two terms: what the second norm returned, and
    the feed-forward network's result."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, lambda h: self.cross(h, memory, tgt_mask, memory_mask))
        return self.norm(3, x + c + self.dropout(self.feed_forward(c)))


@misconception()
class DecOldStateAddedToThirdSum(Decoding):
    """What the first norm returned is added to the third sum as well. That sum has two terms: what the second norm
    returned, and the feed-forward network's result."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, lambda h: self.cross(h, memory, tgt_mask, memory_mask))
        return self.norm(3, h + c + self.dropout(self.feed_forward(c)))


@misconception()
class DecCrossResidualIsMemory(Decoding):
    """The memory is added to what cross-attention returned. The residual connection adds the query side, what the first
    norm returned: the memory may even have another length."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.norm(2, memory + self.dropout(self.cross(h, memory, tgt_mask, memory_mask)))
        return self.residual(3, c, self.feed_forward)


@misconception()
class DecAddsInPlace(Decoding):
    """The caller's array is changed (`x += …`). The caller still needs it, and so does PyTorch for the gradient: write
    x = x + …."""

    def residual(self, number, x, sublayer):
        if number == 1 and self.xp is np:
            x += sublayer(x)
        elif number == 1:
            x.data += self.dropout(sublayer(x)).data
        return self.norm(1, x) if number == 1 else super().residual(number, x, sublayer)


@misconception(hurts_training=True)
class DecOneResidualObject(Decoding):
    """The layer has one residual connection under three names, so only one norm can learn. Make three objects:
    `residual1`, `residual2` and `residual3`."""

    def parameters(self, module, parts, d_model, num_heads, d_ff):
        super().parameters(module, parts, d_model, num_heads, d_ff)
        module.residual2 = module.residual3 = module.residual1


@misconception()
class DecFirstNormsSwapped(Decoding):
    """The norms of the two attentions are swapped: `residual1` belongs to self-attention, `residual2` to
    cross-attention."""

    def norm(self, number, x):
        return super().norm({1: 2, 2: 1, 3: 3}[number], x)


@misconception()
class DecNorm1Missing(Decoding):
    """The norm after self-attention is missing. Normalise each of the three sums."""

    def norm(self, number, x):
        return x if number == 1 else super().norm(number, x)


@misconception()
class DecNoNorms(Decoding):
    """Nothing is normalised: the norms are missing, or what they return is dropped. A norm returns a new array: write
    x = norm(x)."""

    def norm(self, number, x):
        return x


@misconception()
class DecSelfWithoutResidual(Decoding):
    """Around self-attention the residual connection is missing: its input is lost. Add it before the norm."""

    def residual(self, number, x, sublayer):
        return super().residual(number, x, sublayer) if number != 1 else self.norm(1, self.dropout(sublayer(x)))


@misconception()
class DecFfnWithoutResidual(Decoding):
    """Around the feed-forward network the residual connection is missing: what cross-attention found is lost. Add it
    before the norm."""

    def residual(self, number, x, sublayer):
        return super().residual(number, x, sublayer) if number != 3 else self.norm(3, self.dropout(sublayer(x)))


@misconception()
class DecFfnResidualIsInput(Decoding):
    """The layer's input is added to the feed-forward network's output. Every residual connection adds the input of its
    own sublayer, here what the second one returned."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, lambda h: self.cross(h, memory, tgt_mask, memory_mask))
        return self.residual(3, x, lambda _: self.feed_forward(c))


@misconception()
class DecUpdateMultiplied(Decoding):
    """The sublayer's input is multiplied by its result, as a gate does. A residual connection adds the two."""

    def residual(self, number, x, sublayer):
        return self.norm(number, x * self.dropout(sublayer(x)))


@misconception()
class DecOneResidualForAll(Decoding):
    """The sublayers are called one inside the other, and a single residual connection spans all three. Each sublayer
    has its own, with its own norm."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        seen = self.cross(self.own(x, memory, tgt_mask, memory_mask), memory, tgt_mask, memory_mask)
        return self.residual(3, x, lambda _: self.feed_forward(seen))


@misconception(hurts_training=True)
class DecResidualDetached(Decoding):
    """The input is cut out of the graph before it is added (`.detach()`, `.data`, or a copy through NumPy), so the
    direct path carries no gradient. Add the input itself."""

    def residual(self, number, x, sublayer):
        return self.norm(number, (x if self.xp is np else x.detach()) + self.dropout(sublayer(x)))


@misconception(hurts_training=True)
class DecUpdateDetached(Decoding):
    """The sublayers' results are cut out of the graph (`.detach()`, `.data`, `torch.no_grad()`): their weights get no
    gradient and never learn. Add the result itself."""

    def dropout(self, y):
        return super().dropout(y if self.xp is np else y.detach())


@misconception(hurts_training=True)
class DecStateDetached(Decoding):
    """The graph is cut after self-attention (`.detach()`, `.data`, `torch.no_grad()`): no gradient reaches its weights
    and the input. Pass on what it returned as it is."""

    def residual(self, number, x, sublayer):
        h = super().residual(number, x, sublayer)
        return h if self.xp is np or number != 1 else h.detach()


@misconception()
class DecLaterSumsInPlace(Decoding):
    """The later sums are made in place (`h += …`), while PyTorch still needs the old h for the gradient: `backward()`
    crashes. Write h = h + …."""

    def residual(self, number, x, sublayer):
        if self.xp is np or number == 1:
            return super().residual(number, x, sublayer)
        x += self.dropout(sublayer(x))
        return self.norm(number, x)
