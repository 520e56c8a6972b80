"""Misconceptions about the order of the decoder's sublayers."""

from autograder.exercise import misconception
from instructor.misconceptions.decoder.steps import Decoding


@misconception()
class DecCrossFirst(Decoding):
    """Cross-attention comes before self-attention. The order is: self-attention, cross-attention, feed-forward."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.cross(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, lambda h: self.own(h, memory, tgt_mask, memory_mask))
        return self.residual(3, c, self.feed_forward)


@misconception()
class DecCrossFirstWithItsNorm(Decoding):
    """Cross-attention, with its own norm, comes before self-attention. The order is: self-attention, cross-attention,
    feed-forward."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(2, x, lambda x: self.cross(x, memory, tgt_mask, memory_mask))
        c = self.residual(1, h, lambda h: self.own(h, memory, tgt_mask, memory_mask))
        return self.residual(3, c, self.feed_forward)


@misconception()
class DecFfnBetween(Decoding):
    """The feed-forward network is between the two attentions. Move it to the end: self-attention, cross-attention,
    feed-forward."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, self.feed_forward)
        return self.residual(3, c, lambda c: self.cross(c, memory, tgt_mask, memory_mask))


@misconception()
class DecFfnFirst(Decoding):
    """The feed-forward network comes first. The order is: self-attention, cross-attention, feed-forward."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, self.feed_forward)
        c = self.residual(2, h, lambda h: self.own(h, memory, tgt_mask, memory_mask))
        return self.residual(3, c, lambda c: self.cross(c, memory, tgt_mask, memory_mask))


@misconception()
class DecParallelAttentions(Decoding):
    """Both attentions run side by side on the layer's input, and their results are added. Cross-attention comes after
    self-attention and its norm, and asks with what they returned."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.norm(2, h + self.dropout(self.cross(x, memory, tgt_mask, memory_mask)) + x)
        return self.residual(3, c, self.feed_forward)


@misconception("dec-third-sublayer-missing")
class DecNoFeedForward(Decoding):
    """The feed-forward network is missing, with its residual and its norm. A decoder layer has three sublayers."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        return self.residual(2, h, lambda h: self.cross(h, memory, tgt_mask, memory_mask))


@misconception()
class DecFfnOfOldState(Decoding):
    """The feed-forward network reads the state before cross-attention. It reads what the second sublayer returned."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, lambda h: self.cross(h, memory, tgt_mask, memory_mask))
        return self.residual(3, c, lambda c: self.feed_forward(h))


@misconception()
class DecFfnOfBareCrossAttention(Decoding):
    """The feed-forward network reads what cross-attention returned, before it is added and normalised. It reads what
    the second norm returns."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        read = self.cross(h, memory, tgt_mask, memory_mask)
        return self.residual(3, self.residual(2, h, lambda _: read), lambda _: self.feed_forward(read))


@misconception()
class DecFfnOfBareSelfAttention(Decoding):
    """The feed-forward network reads what self-attention returned, before anything is added and normalised. It reads
    what the second norm returns."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        seen = self.own(x, memory, tgt_mask, memory_mask)
        h = self.residual(1, x, lambda _: seen)
        c = self.residual(2, h, lambda h: self.cross(h, memory, tgt_mask, memory_mask))
        return self.residual(3, c, lambda _: self.feed_forward(seen))


@misconception()
class DecFfnBetweenWithItsNorm(Decoding):
    """The feed-forward network, with its own norm, is between the two attentions. The order is: self-attention,
    cross-attention, feed-forward."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(3, h, self.feed_forward)
        return self.residual(2, c, lambda c: self.cross(c, memory, tgt_mask, memory_mask))


@misconception()
class DecFfnOfInput(Decoding):
    """The feed-forward network reads the layer's input. It reads what the second sublayer returned."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, lambda h: self.cross(h, memory, tgt_mask, memory_mask))
        return self.residual(3, c, lambda _: self.feed_forward(x))


@misconception()
class DecFfnAfterEachAttention(Decoding):
    """The feed-forward network also runs inside the attentions' sublayers. It runs once, as the third sublayer."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.feed_forward(self.own(x, memory, tgt_mask, memory_mask)))
        c = self.residual(2, h, lambda h: self.feed_forward(self.cross(h, memory, tgt_mask, memory_mask)))
        return self.residual(3, c, self.feed_forward)


@misconception()
class DecFfnDiscarded(Decoding):
    """What the feed-forward network returns is not in the sum that the last norm gets. That sum is what the second
    sublayer returned plus what the network returns, in the backward pass as well."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        return self.norm(3, self.residual(2, h, lambda h: self.cross(h, memory, tgt_mask, memory_mask)))


@misconception()
class DecFfnTwice(Decoding):
    """The feed-forward network runs twice: inside the residual connection and once more on its argument. Pass the
    module itself, and let the residual connection call it."""

    def feed_forward(self, x):
        return super().feed_forward(super().feed_forward(x))


@misconception()
class DecFfnNoRelu(Decoding):
    """Nothing stands between the two linear maps of the feed-forward network, and without ReLU they are one linear map.
    Put a ReLU between them."""

    def feed_forward(self, x):
        weights = self.part("feed_forward")
        between = x @ self.xp.swapaxes(weights["linear1.weight"], 0, 1) + weights["linear1.bias"]
        return between @ self.xp.swapaxes(weights["linear2.weight"], 0, 1) + weights["linear2.bias"]
