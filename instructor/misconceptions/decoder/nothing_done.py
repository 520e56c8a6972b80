"""Misconceptions that leave nothing of the decoder: placeholders that were handed in."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.decoder.steps import Decoding


@misconception(weight=Weight.NOTHING_LEFT)
class DecReturnsInput(Decoding):
    """The layer returns its input unchanged: no sublayer does anything. Write the two attentions and the feed-forward
    network, each with its residual connection."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        return x


@misconception(weight=Weight.NOTHING_LEFT)
class DecMemoryIsResult(Decoding):
    """The layer returns the memory. It returns the target's new state, and only reads the memory: write the two
    attentions and the feed-forward network."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        return memory


@misconception(weight=Weight.NOTHING_LEFT)
class DecReturnsZeros(Decoding):
    """The layer returns zeros. Write the two attentions and the feed-forward network, each with its residual
    connection."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        return self.xp.zeros_like(x)


@misconception(weight=Weight.NOTHING_LEFT)
class DecReturnsOnes(Decoding):
    """The layer returns ones. Write the two attentions and the feed-forward network, each with its residual
    connection."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        return self.xp.ones_like(x)


@misconception(weight=Weight.NOTHING_LEFT)
class DecBwdZeros(Decoding):
    """All gradients are zeros: nothing comes back through the layer. Go back through the forward pass, one step after
    the other."""

    def handed_back(self, grad_x, grad_memory):
        return 0 * grad_x, 0 * grad_memory, {name: 0 * gradient for name, gradient in self.gradients.items()}
