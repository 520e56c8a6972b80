"""Misconceptions about the encoder's mask."""

from autograder.exercise import misconception
from instructor.misconceptions.attention.steps import Attention
from instructor.misconceptions.encoder.steps import Layers


@misconception("enc-mask-not-to-layers")
class EncMaskDropped(Layers):
    """The mask never arrives at attention, so padding is looked at and changes every result. Pass it on, from the
    encoder to each layer and from the layer to its attention."""

    def passed_on(self, mask, x):
        return None


@misconception()
class EncMaskCausal(Layers):
    """A causal mask is at work. The encoder may look both ways: only the mask that is given hides anything."""

    def passed_on(self, mask, x):
        tokens = self.xp.arange(x.shape[1])
        causal = tokens[None, :] <= tokens[:, None]
        return causal if mask is None else mask & causal


@misconception()
class EncMaskInverted(Layers):
    """The mask is inverted on its way to attention. True means "may attend", in both places."""

    def passed_on(self, mask, x):
        return None if mask is None else ~mask


@misconception()
class EncMaskOnQueryRows(Layers):
    """The mask hides rows instead of columns: a padded token must not be *looked at*, as a key; whether it looks
    itself does not matter. Do not transpose the mask."""

    def passed_on(self, mask, x):
        return mask if mask is None or mask.ndim < 2 else self.xp.swapaxes(mask, -1, -2)


@misconception()
class EncMaskTruthiness(Layers):
    """`if mask:` asks a whole array for one truth value. Pass the mask on, or ask `mask is not None`."""

    def passed_on(self, mask, x):
        return mask or None


@misconception()
class EncMaskRequired(Layers):
    """Without a mask the code crashes. The mask is optional: pass on None."""

    def passed_on(self, mask, x):
        return mask & True


@misconception()
class EncMaskMultipliesInput(Layers):
    """Padded tokens are set to 0 instead of being hidden. Their keys are still there and take a share of the attention:
    pass the mask to attention."""

    def first(self, x, weights, num_heads, mask):
        if mask is not None and mask.shape[-2:-1] == (1,) and mask.ndim == 4:
            return super().first(x * self.xp.swapaxes(mask[:, 0], -1, -2), weights, num_heads, None)
        return super().first(x, weights, num_heads, mask)


@misconception()
class EncNoMaskMeansCausal(Layers):
    """Without a mask the layer builds a causal one. None means that every token may see every other one: pass on
    None."""

    def passed_on(self, mask, x):
        tokens = self.xp.arange(x.shape[1])
        return tokens[None, :] <= tokens[:, None] if mask is None else mask


@misconception()
class EncMaskAddedToScores(Layers):
    """The mask is added to the scores as ones and zeros (`mask.float()`), which hides nothing. Give attention the
    boolean mask as it is: True = may attend."""

    def attention(self, q, k, v, weights, num_heads, mask):
        return _AddsMask(self.xp).multi_head_attention(q, k, v, weights, num_heads, mask)


class _AddsMask(Attention):
    def hide(self, scores, mask):
        return scores if mask is None else scores + mask


@misconception()
class EncMaskOfFirstSample(Layers):
    """The mask of the first sample is used for the whole batch. Every sentence has its own padding: pass on the whole
    mask."""

    def passed_on(self, mask, x):
        return mask[:1] if mask is not None and mask.ndim == 4 else mask


@misconception()
class EncMaskOfFirstQuery(Layers):
    """The mask's first row is used for all queries. The last two axes are queries and keys: pass on all rows."""

    def passed_on(self, mask, x):
        return mask if mask is None or mask.ndim < 2 else mask[..., :1, :]


@misconception()
class EncMaskShowsItself(Layers):
    """Every token may see itself, whatever the mask says: the diagonal is always True. Use the mask as it is; attention
    takes care of a token that sees nothing."""

    def passed_on(self, mask, x):
        tokens = self.xp.arange(x.shape[1])
        return None if mask is None else mask | (tokens[None, :] == tokens[:, None])


@misconception()
class EncMaskRowsAndColumns(Layers):
    """A token is hidden from all others as soon as one of them may not see it: the mask is joined to its transpose.
    Rows are queries, columns are keys, and only the rows say who may see what."""

    def passed_on(self, mask, x):
        return mask if mask is None or mask.shape[-2:-1] in ((), (1,)) else mask & self.xp.swapaxes(mask, -1, -2)
