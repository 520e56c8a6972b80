"""Misconceptions about masks that are changed, or taken only in part, on their way to the decoder's attentions."""

from autograder.exercise import misconception
from instructor.misconceptions.attention.steps import Attention
from instructor.misconceptions.decoder.steps import Decoding


@misconception()
class DecTgtMaskInverted(Decoding):
    """The target's mask is inverted before use, so a position sees only what is hidden. True means may attend: pass
    `tgt_mask` on as it is."""

    def own(self, x, memory, tgt_mask, memory_mask):
        return super().own(x, memory, None if tgt_mask is None else ~tgt_mask, memory_mask)


@misconception()
class DecMemoryMaskInverted(Decoding):
    """The source's mask is inverted before use, so only padding is seen. True means may attend: pass `memory_mask` on
    as it is."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        return super().cross(h, memory, tgt_mask, None if memory_mask is None else ~memory_mask)


@misconception()
class DecMaskAddedToScores(Decoding):
    """The masks are added to the scores as ones and zeros (`mask.float()`), which hides nothing. Give attention the
    boolean masks as they are: True = may attend."""

    def attend(self, name, q, k, v, mask):
        return _AddsMask(self.xp).multi_head_attention(q, k, v, self.part(name), self.num_heads, mask)[0]


class _AddsMask(Attention):
    def hide(self, scores, mask):
        return scores if mask is None else scores + mask


@misconception()
class DecMaskOfFirstQuery(Decoding):
    """The first row of a mask is used for all queries. The last two axes are queries and keys: pass on all rows."""

    def attend(self, name, q, k, v, mask):
        return super().attend(name, q, k, v, mask if mask is None or mask.ndim < 2 else mask[..., :1, :])


@misconception()
class DecMaskOfLastQuery(Decoding):
    """The last row of the target's mask is used for all queries, so the future is visible. The last two axes are
    queries and keys: pass on all rows."""

    def own(self, x, memory, tgt_mask, memory_mask):
        last = tgt_mask if tgt_mask is None or tgt_mask.ndim < 2 else tgt_mask[..., -1:, :]
        return super().own(x, memory, last, memory_mask)


@misconception()
class DecMaskShowsItself(Decoding):
    """A target position may always see itself, whatever the mask says: the diagonal is set to True. Use the mask as it
    is; attention takes care of a position that sees nothing."""

    def own(self, x, memory, tgt_mask, memory_mask):
        tokens = self.xp.arange(x.shape[1])
        itself = tokens[None, :] == tokens[:, None]
        return super().own(x, memory, None if tgt_mask is None else tgt_mask | itself, memory_mask)


@misconception()
class DecMaskHidesItself(Decoding):
    """A target position may not see itself: the diagonal of its mask is set to False. Each position sees itself and the
    earlier ones: use the mask as it is."""

    def own(self, x, memory, tgt_mask, memory_mask):
        tokens = self.xp.arange(x.shape[1])
        others = tokens[None, :] != tokens[:, None]
        return super().own(x, memory, None if tgt_mask is None else tgt_mask & others, memory_mask)


@misconception()
class DecMaskTruthiness(Decoding):
    """`if mask:` asks a whole array for one truth value. Pass the masks on, or ask `mask is not None`."""

    def attend(self, name, q, k, v, mask):
        return super().attend(name, q, k, v, mask or None)


@misconception()
class DecMasksRequired(Decoding):
    """Without masks the code crashes. Both masks are optional: pass on None."""

    def attend(self, name, q, k, v, mask):
        return super().attend(name, q, k, v, mask & True)


@misconception()
class DecPaddedMemoryZeroed(Decoding):
    """Padded tokens of the memory are set to 0 instead of being hidden. Their keys are still there and take a share of
    the attention: hand `memory_mask` to cross-attention."""

    def cross(self, h, memory, tgt_mask, memory_mask):
        if memory_mask is not None and memory_mask.ndim == 4 and memory_mask.shape[-2] == 1:
            return super().cross(h, memory * self.xp.swapaxes(memory_mask[:, 0], -1, -2), tgt_mask, None)
        return super().cross(h, memory, tgt_mask, memory_mask)
