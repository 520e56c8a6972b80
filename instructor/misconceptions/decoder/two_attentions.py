"""Misconceptions about the decoder's two attentions."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.decoder.steps import Decoding


@misconception("dec-cross-not-added")
class DecCrossDiscarded(Decoding):
    """Cross-attention is computed and thrown away, or left out: only its norm is there, and the source is invisible.
    Add what it returns."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        return self.residual(3, self.norm(2, h), self.feed_forward)


@misconception("dec-cross-result-overwritten")
class DecCrossSkipped(Decoding):
    """The feed-forward network continues from the state before cross-attention, so the source is invisible. Continue
    with what the second sublayer returned."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        return self.residual(3, h, self.feed_forward)


@misconception()
class DecCrossIsSelf(Decoding):
    """The second attention attends to the target again, and the memory is never used. Its keys and values are the
    memory."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return self.attend("cross_attention", h, h, h, memory_mask)


@misconception()
class DecTwoSelfAttentions(Decoding):
    """The layer is made of two self-attentions, both under the target's mask; the memory is never used. The second one
    takes keys and values from the memory, under `memory_mask`."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return self.attend("cross_attention", h, h, h, tgt_mask)


@misconception()
class DecSelfIsCross(Decoding):
    """The first attention reads the memory. It is self-attention: queries, keys and values are all the target's."""

    def own(self, x, memory, tgt_mask, memory_mask):
        return self.attend("self_attention", x, memory, memory, tgt_mask)


@misconception("dec-cross-roles-swapped")
class DecCrossQFromMemory(Decoding):
    """In cross-attention the roles are swapped: the memory asks and the target answers. The target asks, so that the
    output has a row for every target token; keys and values are the memory."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return self.attend("cross_attention", memory, h, h, memory_mask)


@misconception()
class DecCrossVFromDecoder(Decoding):
    """In cross-attention the values come from the target. Keys and values both come from the memory."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return self.attend("cross_attention", h, memory, h, memory_mask)


@misconception()
class DecCrossKFromDecoder(Decoding):
    """In cross-attention the keys come from the target. Keys and values both come from the memory."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return self.attend("cross_attention", h, h, memory, memory_mask)


@misconception()
class DecCrossQueryIsInput(Decoding):
    """The queries of cross-attention are the layer's input. They should be what the first sublayer returned."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, lambda h: self.cross(x, memory, tgt_mask, memory_mask))
        return self.residual(3, c, self.feed_forward)


@misconception()
class DecCrossSharesWeights(Decoding):
    """Both attentions use the weights of `self_attention`. Use those of
    `cross_attention` where the memory is read."""

    def attend(self, name, q, k, v, mask):
        return super().attend("self_attention", q, k, v, mask)


@misconception()
class DecAttentionNamesCollide(Decoding):
    """The names of both attentions are cut to the same ones, as `w_q.weight`, in one dict: the last attention's weights
    overwrite the other's. Make a dict for each of the two."""

    def part(self, name):
        if self.xp is not np or not name.endswith("attention"):
            return super().part(name)
        return {key.partition(".")[2]: w for key, w in self.weights.items() if "attention" in key}


@misconception()
class DecAttentionsSwapped(Decoding):
    """The two attentions use each other's weights. `self_attention` comes first and reads the target; `cross_attention`
    comes second and reads the memory."""

    def attend(self, name, q, k, v, mask):
        other = "self_attention" if name == "cross_attention" else "cross_attention"
        return super().attend(other, q, k, v, mask)


@misconception()
class DecMemoryNormed(Decoding):
    """The memory is normalised before it is attended to. The encoder has normalised it already: use it as it is."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return super().cross(h, self.norm(2, memory), tgt_mask, memory_mask)


@misconception()
class DecMemoryLastToken(Decoding):
    """Only the last token of the memory is used, as if it summed up the source. Attend to all of them."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return super().cross(h, memory[:, -1:], tgt_mask, None if memory_mask is None else memory_mask[..., -1:])


@misconception()
class DecMemoryCut(Decoding):
    """The memory is cut to the target's length. Source and target may differ in length, and attention handles both:
    give it the whole memory."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        tokens = h.shape[1]
        return super().cross(
            h, memory[:, :tokens], tgt_mask, None if memory_mask is None else memory_mask[..., :tokens]
        )


@misconception(hurts_training=True)
class DecMemoryDetached(Decoding):
    """The memory is detached, so that no gradient reaches the encoder. Leave it in the graph."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return super().cross(h, memory if self.xp is np else memory.detach(), tgt_mask, memory_mask)


@misconception("dec-num-heads-not-handed-on")
class DecOneHead(Decoding):
    """The attentions have a single head. Pass `num_heads` on to both of them."""

    def attend(self, name, q, k, v, mask):
        self.num_heads = 1
        return super().attend(name, q, k, v, mask)


@misconception(hurts_training=True)
class DecOneAttentionObject(Decoding):
    """Both attentions are one object under two names, so they cannot learn different things. Make two:
    `self_attention` and `cross_attention`."""

    def parameters(self, module, parts, d_model, num_heads, d_ff):
        super().parameters(module, parts, d_model, num_heads, d_ff)
        module.cross_attention = module.self_attention


@misconception()
class DecCrossValuesFromTarget(Decoding):
    """Cross-attention is called as (memory, memory, target): the memory asks, and the target is what it finds. Call it
    as (target, memory, memory): queries first, then keys and values."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        same = memory.shape[:2] == h.shape[:2]
        assert same, f"key's sequence and batch dims {dims(memory)} do not match value's {dims(h)}"
        return self.attend("cross_attention", memory, memory, h, memory_mask)


def dims(x):
    """How PyTorch's attention speaks of tokens and batch."""
    return f"torch.Size([{x.shape[1]}, {x.shape[0]}])"


@misconception()
class DecCrossAllFromMemory(Decoding):
    """Cross-attention gets the memory three times, so its queries do not come from the target. Call it as (target,
    memory, memory)."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return self.attend("cross_attention", memory, memory, memory, memory_mask)


@misconception()
class DecSelfDiscarded(Decoding):
    """What self-attention returns is never used; only its norm is there. No target token sees another one: add the
    result to x."""

    def own(self, x, memory, tgt_mask, memory_mask):
        return 0 * x


@misconception()
class DecSelfSkipped(Decoding):
    """Self-attention is missing, with its norm: the layer begins with cross-attention, and no target token sees another
    one. The first of the three sublayers is self-attention."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        c = self.residual(2, x, lambda x: self.cross(x, memory, tgt_mask, memory_mask))
        return self.residual(3, c, self.feed_forward)


@misconception()
class DecOneSumForBothAttentions(Decoding):
    """Both attentions run on x, and one sum with one norm takes both results. Cross-attention comes after the norm of
    self-attention, with a residual connection of its own."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        both = self.own(x, memory, tgt_mask, memory_mask) + self.cross(x, memory, tgt_mask, memory_mask)
        return self.residual(3, self.residual(1, x, lambda _: both), self.feed_forward)
