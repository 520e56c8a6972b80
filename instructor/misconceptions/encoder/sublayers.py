"""Misconceptions about the encoder's sublayers."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.encoder.steps import KeepsAttended, Layers, part


@misconception()
class EncFfnFirst(Layers):
    """The feed-forward network runs before self-attention. First the tokens look at one another, then each works on
    what it saw."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        h = self.residual(x, lambda x: self.feed_forward(x, weights), weights, self.norm_of(2))
        return self.residual(h, lambda h: self.attend(h, weights, num_heads, mask), weights, self.norm_of(1))


@misconception()
class EncSublayersSwapped(Layers):
    """The sublayers are swapped: the feed-forward network runs inside `residual1` and self-attention inside
    `residual2`. Exchange them."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        h = self.residual(x, lambda x: self.feed_forward(x, weights), weights, self.norm_of(1))
        return self.residual(h, lambda h: self.attend(h, weights, num_heads, mask), weights, self.norm_of(2))


@misconception()
class EncFfnOnInput(Layers):
    """The feed-forward network gets the layer's input. It works on what comes out of the first sublayer."""

    def second(self, h, x, weights):
        return self.residual(h, lambda _: self.feed_forward(x, weights), weights, self.norm_of(2))


@misconception()
class EncFfnOnBareAttention(KeepsAttended):
    """The feed-forward network gets what attention returned, before it is added to x and normalised. It works on what
    the first norm returns."""

    def second(self, h, x, weights):
        return self.residual(h, lambda _: self.feed_forward(self.attended[-1], weights), weights, self.norm_of(2))


@misconception()
class EncParallel(Layers):
    """Both sublayers get x, and one sum takes both results: that is a parallel layer. Here the second sublayer comes
    after the first one, with a residual connection of its own."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        both = self.attend(x, weights, num_heads, mask) + self.feed_forward(x, weights)
        return self.residual(x, lambda _: both, weights, self.norm_of(2))


@misconception()
class EncOneResidualForBoth(Layers):
    """The feed-forward network works directly on what attention returned, and one residual connection spans both. Each
    sublayer has its own."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        chained = self.feed_forward(self.attend(x, weights, num_heads, mask), weights)
        return self.residual(x, lambda _: chained, weights, self.norm_of(2))


@misconception()
class EncAttentionDiscarded(Layers):
    """What self-attention returns is never used: no token sees another one. Add it to x."""

    def attend(self, x, weights, num_heads, mask):
        return 0 * x


@misconception()
class EncFfnMissing(Layers):
    """The feed-forward network is never used, nor is its norm. An encoder layer has two sublayers: run the network as
    the second one."""

    def second(self, h, x, weights):
        return h


@misconception()
class EncFfnTwice(Layers):
    """The feed-forward network runs twice: inside the residual connection and once more on its argument. Pass the
    module itself, and let the residual connection call it."""

    def second(self, h, x, weights):
        return self.residual(
            h, lambda h: self.feed_forward(self.feed_forward(h, weights), weights), weights, self.norm_of(2)
        )


@misconception()
class EncTupleAdded(Layers):
    """Attention returns a pair, (output, attention weights), and the whole pair is added to x. Take the output, its
    first element."""

    def attend(self, x, weights, num_heads, mask):
        return self.attention(x, x, x, part(weights, "self_attention"), num_heads, mask)


@misconception()
class EncWeightsReturned(Layers):
    """A layer returns the attention weights as well. This exercise asks for x alone."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        seen = self.attention(x, x, x, part(weights, "self_attention"), num_heads, mask)[1]
        return super().encoder_layer(x, weights, num_heads, mask), seen

    def encoder(self, x, layers, num_heads, mask=None):
        for weights in layers:
            x, _ = self.encoder_layer(x, weights, num_heads, mask)
        return x


@misconception()
class EncPrefixNotRemoved(Layers):
    """Attention gets the weights under their full names and cannot find "w_q.weight". Give it those that begin with
    "self_attention.", without that beginning."""

    def attend(self, x, weights, num_heads, mask):
        if self.xp is np:
            return self.attention(x, x, x, weights, num_heads, mask)[0]
        return super().attend(x, weights, num_heads, mask)


@misconception()
class EncOneHead(Layers):
    """Attention runs with a single head. Pass `num_heads` on."""

    def attention(self, q, k, v, weights, num_heads, mask):
        return super().attention(q, k, v, weights, 1, mask)


@misconception()
class EncBatchAsTokens(Layers):
    """Attention runs over the samples of the batch instead of the tokens: the first two axes are swapped. Batch comes
    first."""

    def attend(self, x, weights, num_heads, mask):
        turned = self.xp.swapaxes(x, 0, 1)
        return self.xp.swapaxes(super().attend(turned, weights, num_heads, mask), 0, 1)


@misconception()
class EncViewOnNoncontiguous(Layers):
    """`.view` needs contiguous memory, and a transposed tensor is not contiguous. Use `.reshape`, or `.contiguous()`
    first."""

    def encoder_layer(self, x, weights, num_heads, mask=None):
        return super().encoder_layer(x if self.xp is np else x.view(-1).view(x.shape), weights, num_heads, mask)


@misconception(hurts_training=True)
class EncDetached(Layers):
    """The graph is cut between the sublayers (`.detach()`, `.data`, `torch.no_grad()`): no gradient reaches
    self-attention and the input. Pass on what the first sublayer returned as it is."""

    def second(self, h, x, weights):
        return super().second(h if self.xp is np else h.detach(), x, weights)
