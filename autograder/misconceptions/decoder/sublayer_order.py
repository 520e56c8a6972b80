"""Misconceptions about the order of the decoder's sublayers."""

from autograder.exercise import misconception
from autograder.misconceptions.decoder.steps import Decoding


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
    """The feed-forward network stands between the two attentions. It comes last."""

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
