"""Misconceptions about what the decoder reads of the memory."""

from autograder.exercise import misconception
from instructor.misconceptions.decoder.steps import Decoding


@misconception()
class DecMemoryFirstToken(Decoding):
    """Only the first token of the memory is used, as if it summed up the source. Attend to all of them."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return super().cross(h, memory[:, :1], tgt_mask, None)


@misconception()
class DecMemoryAveraged(Decoding):
    """The memory is averaged over its tokens, so that attention has nothing to choose from. Pass it on whole."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return super().cross(h, memory.mean(1, keepdims=True), tgt_mask, None)


@misconception()
class DecMemoryAndTarget(Decoding):
    """The second attention looks at the memory and the target together. Its keys and values are the memory alone; the
    target was the first attention's."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        both = self.xp.concatenate((memory, h), 1)
        if memory_mask is not None:
            new = (*memory_mask.shape[:-1], h.shape[1])
            visible = self.xp.ones(new, dtype=memory_mask.dtype)
            memory_mask = self.xp.concatenate((memory_mask, visible), -1)
        return super().cross(h, both, tgt_mask, memory_mask)


@misconception()
class DecMemoryAdded(Decoding):
    """The memory is added to the target before the second attention. The target reads the memory through
    cross-attention alone: keys and values are the memory, and nothing else is done with it."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h + memory, lambda h: self.cross(h, memory, tgt_mask, memory_mask))
        return self.residual(3, c, self.feed_forward)
