"""Misconceptions about the decoder's masks."""

from types import ModuleType
from typing import Any

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.decoder.steps import Decoding


def triangle(xp: ModuleType, rows: int, columns: int) -> Any:
    """True on the diagonal and to its left."""
    return xp.tril(xp.ones((rows, columns), dtype=bool if xp is np else xp.bool))


@misconception("dec-tgt-mask-ignored", "dec-mask-dropped-by-the-stack")
class DecNoCausal(Decoding):
    """The target's mask never reaches self-attention: the decoder reads the answer. Pass `tgt_mask` on, through the
    stack and through the layer."""

    def own(self, x, memory, tgt_mask, memory_mask):
        return super().own(x, memory, None, memory_mask)


@misconception("dec-memory-mask-ignored")
class DecCrossNoMemoryMask(Decoding):
    """The source's padding stays visible: `memory_mask` never reaches cross-attention. Pass it on, through the stack
    and through the layer."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return super().cross(h, memory, tgt_mask, None)


@misconception()
class DecBothMasksIgnored(Decoding):
    """Neither mask is used. Pass `tgt_mask` to self-attention and `memory_mask` to cross-attention."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        return super().layer(x, memory, None, None)


@misconception()
class DecTgtMaskInCross(Decoding):
    """Cross-attention is given the target's mask. Its keys are source tokens: they have a mask of their own,
    `memory_mask`."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return super().cross(h, memory, tgt_mask, tgt_mask)


@misconception()
class DecMemoryMaskInSelf(Decoding):
    """Self-attention is given the mask of the memory. Its keys are target tokens: they have a mask of their own,
    `tgt_mask`."""

    def own(self, x, memory, tgt_mask, memory_mask):
        return super().own(x, memory, memory_mask, memory_mask)


@misconception()
class DecMasksSwapped(Decoding):
    """The two masks are swapped: `tgt_mask` is for self-attention, `memory_mask` for attention to the memory."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        return super().layer(x, memory, memory_mask, tgt_mask)


@misconception()
class DecMasksInverted(Decoding):
    """The masks are inverted before use. Here True means "may attend", and attention expects exactly that."""

    def layer(self, x, memory, tgt_mask, memory_mask):
        tgt_mask, memory_mask = (None if mask is None else ~mask for mask in (tgt_mask, memory_mask))
        return super().layer(x, memory, tgt_mask, memory_mask)


@misconception("dec-mask-from-target-length")
class DecBuildsCausal(Decoding):
    """The layer builds a causal mask of its own, on top of the one that it is given, or where none is given. Use the
    masks as they are: no mask means that everything may be seen."""

    def own(self, x, memory, tgt_mask, memory_mask):
        causal = triangle(self.xp, x.shape[1], x.shape[1])
        return super().own(x, memory, causal if tgt_mask is None else tgt_mask & causal, memory_mask)


@misconception()
class DecNoneMeansCausal(Decoding):
    """Without a target mask the layer builds a causal one. None means that everything may be seen: pass on None."""

    def own(self, x, memory, tgt_mask, memory_mask):
        causal = triangle(self.xp, x.shape[1], x.shape[1])
        return super().own(x, memory, causal if tgt_mask is None else tgt_mask, memory_mask)


@misconception()
class DecCausalWithoutPadding(Decoding):
    """The layer builds a causal mask and forgets the mask that it is given, so the target's padding can be seen. Use
    `tgt_mask`: it holds both."""

    def own(self, x, memory, tgt_mask, memory_mask):
        return super().own(x, memory, triangle(self.xp, x.shape[1], x.shape[1]), memory_mask)


@misconception()
class DecMasksOr(Decoding):
    """A causal mask is joined to the given one with OR, which shows keys that one of them hides. Use the given mask as
    it is: it holds everything that is to be hidden."""

    def own(self, x, memory, tgt_mask, memory_mask):
        causal = triangle(self.xp, x.shape[1], x.shape[1])
        return super().own(x, memory, None if tgt_mask is None else tgt_mask | causal, memory_mask)


@misconception()
class DecCrossCausal(Decoding):
    """Cross-attention has a causal mask. All of the source is there from the beginning: every target position may look
    at every source position that is not padding."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        causal = triangle(self.xp, h.shape[1], memory.shape[1])
        return super().cross(h, memory, tgt_mask, causal if memory_mask is None else memory_mask & causal)


@misconception()
class DecPaddingOnQueries(Decoding):
    """The source's padding is hidden on the axis of the queries. It is the keys that must not be looked at: leave
    `memory_mask` as it is, with the keys on its last axis."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        turned = None if memory_mask is None or memory_mask.ndim < 2 else self.xp.swapaxes(memory_mask, -1, -2)
        return super().cross(h, memory, tgt_mask, turned)


@misconception()
class DecTgtMaskTransposed(Decoding):
    """The target's mask is transposed, so a position sees the future and not the past. Rows are queries, columns are
    keys: leave it as it is."""

    def own(self, x, memory, tgt_mask, memory_mask):
        turned = tgt_mask if tgt_mask is None or tgt_mask.ndim < 2 else self.xp.swapaxes(tgt_mask, -1, -2)
        return super().own(x, memory, turned, memory_mask)


@misconception()
class DecMaskOfFirstSample(Decoding):
    """The mask of the first sentence is used for the whole batch. Every sentence has its own padding: pass on the whole
    mask."""

    def attend(self, name, q, k, v, mask):
        return super().attend(name, q, k, v, mask[:1] if mask is not None and mask.ndim == 4 else mask)
