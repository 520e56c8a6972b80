"""Misconceptions about the mask in attention."""

import math

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.attention.steps import Attention


@misconception("mask-result-discarded", "mha-mask-not-passed")
class MaskIgnored(Attention):
    """The mask never reaches the scores: it is unused, or multi-head attention does not pass it on, or the result of
    `masked_fill` or `where`, which is a new array, is thrown away."""

    def hide(self, scores, mask):
        return scores


@misconception()
class MaskBroadcastIgnored(Attention):
    """The mask is used only where its shape is exactly that of the scores. Masks such as (batch, 1, 1, keys) must work
    too: let `where` or `masked_fill` broadcast them."""

    def hide(self, scores, mask):
        fits = mask is not None and tuple(mask.shape) == tuple(scores.shape)
        return super().hide(scores, mask if fits else None)


@misconception()
class MaskUnsqueezedAlways(Attention):
    """The mask gets one more axis for the heads (`mask.unsqueeze(1)`, `mask[:, None]`), but it has all it needs
    already. Pass it on as it is."""

    def passed_on(self, mask, num_heads):
        return mask if mask is None else mask[:, None]


@misconception()
class MaskUnsqueezedBeforeView(Attention):
    """The mask gets one more axis for the heads (`mask.unsqueeze(1)`, `mask[:, None]`), but it has all it needs
    already. The scores then have five axes, and the -1 in your `view` makes one long sentence of the batch. Pass the
    mask on as it is."""

    num_heads = 1

    def passed_on(self, mask, num_heads):
        self.num_heads = num_heads
        return mask if mask is None else mask[:, None]

    def merge(self, output):
        return self.xp.swapaxes(output, 1, 2).reshape(len(output), -1, self.num_heads * output.shape[-1])


@misconception()
class MaskFirstSampleOnly(Attention):
    """The mask of the first sample is used for the whole batch (`mask[0]`). Every sample has its own: use all of the
    mask."""

    def fill(self, scores, mask, value):
        return super().fill(scores, mask[:1] if mask.ndim == scores.ndim else mask, value)


@misconception()
class MaskRemembered(Attention):
    """The mask is kept on `self`, and a later call without a mask still gets it. Use only the mask of this call."""

    def hide(self, scores, mask):
        if mask is not None:
            self.remembered["mask"] = mask
        return super().hide(scores, self.remembered.get("mask") if self.xp is not np else mask)


@misconception()
class MaskInverted(Attention):
    """The mask is used the wrong way round: what may be seen is hidden. In this course True means "may attend"."""

    def fill(self, scores, mask, value):
        return super().fill(scores, ~mask, value)


@misconception("mask-multiplies-scores", "mask-fill-epsilon")
class MaskFillZero(Attention):
    """Hidden scores are 0: the scores are multiplied by the mask, or filled with 0 or with something like -1e-9,
    nearly 0 (mind the sign of the exponent). e⁰ = 1, so hidden keys keep a weight. Fill with a number far below every
    score, such as -1e9."""

    def fill(self, scores, mask, value):
        return super().fill(scores, mask, 0.0)


@misconception()
class MaskFillSmall(Attention):
    """Hidden scores are set to a number like -20: that is not low enough. Hidden keys keep a little weight, and with
    large scores a lot of it. Fill with a number that softmax makes 0, such as -1e9."""

    def fill(self, scores, mask, value):
        return super().fill(scores, mask, -20.0)


@misconception()
class MaskFillPositive(Attention):
    """Hidden scores are set to a huge *positive* number: the minus sign is missing, and hidden keys get all the weight.
    Fill with a number far below every score, such as -1e9."""

    def fill(self, scores, mask, value):
        return super().fill(scores, mask, 1e30)


@misconception()
class MaskFillTen(Attention):
    """Hidden scores are set to -10: e⁻¹⁰ is not 0, and ordinary scores come near it. Fill with a number far
    below every score, such as -1e9."""

    def fill(self, scores, mask, value):
        return super().fill(scores, mask, -10.0)


@misconception()
class MaskFillHundred(Attention):
    """Hidden scores are set to -100: scores below -100 exist, and then the hidden keys win. Fill with a number
    far below every score, such as -1e9."""

    def fill(self, scores, mask, value):
        return super().fill(scores, mask, -100.0)


@misconception()
class MaskFillTenThousand(Attention):
    """Hidden scores are set to -1e4 (or -1e3): scores as low as that exist, and then the hidden keys win. Fill with a
    number far below every score, such as -1e9."""

    def fill(self, scores, mask, value):
        return super().fill(scores, mask, -1e4)


@misconception()
class MaskAddedAsNumber(Attention):
    """The mask is added to the scores as 0 and 1: hidden keys lose a factor e, not everything. Give them a score
    far below all others, such as -1e9."""

    def fill(self, scores, mask, value):
        return scores + mask


@misconception()
class MaskAfterSoftmax(Attention):
    """Weights are set to 0 after the softmax: the visible ones no longer sum to 1. Mask the scores before the
    softmax."""

    def weights(self, scores, mask):
        weights = self.over_keys(scores)
        return weights if mask is None else weights * mask


@misconception()
class MaskAfterSoftmaxRenormalised(Attention):
    """Weights are set to 0 after the softmax and divided by their sum. On paper it is the same; but one huge hidden
    score underflows all visible weights, and 0/0 is NaN. Mask the scores."""

    def weights(self, scores, mask):
        weights = self.over_keys(scores)
        if mask is None:
            return weights
        visible = weights * mask
        return visible / visible.sum(axis=-1, keepdims=True)


@misconception()
class MaskInfTimesZero(Attention):
    """The mask is turned into numbers as (1 - mask) · (-inf), and 0 · inf is NaN. Use `where` or `masked_fill`."""

    def fill(self, scores, mask, value):
        return scores + (1 - mask * self.xp.ones_like(scores)) * -math.inf


@misconception()
class MaskTruthiness(Attention):
    """`if mask:` asks an array of many elements for one truth value. Write `if mask is not None:`."""

    def hide(self, scores, mask):
        return super().hide(scores, mask) if mask else scores


@misconception()
class MaskTransposed(Attention):
    """The mask is transposed. Use it as it is: mask[i, j] says whether query i may see key j."""

    def fill(self, scores, mask, value):
        return super().fill(scores, self.xp.swapaxes(mask, -1, -2) if mask.ndim > 1 else mask, value)


@misconception()
class MaskOnQueryRows(Attention):
    """The padding mask hides rows (queries) instead of columns. Padding must not be looked at: hide its keys."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids != pad_id)[:, None, :, None]


@misconception()
class MaskNoneMeansCausal(Attention):
    """Without a mask, a causal one is applied. No mask means that every key is visible."""

    def hide(self, scores, mask):
        causal = self.xp.tril(self.xp.ones(tuple(scores.shape[-2:]))) > 0
        return super().hide(scores, causal if mask is None else mask)


@misconception()
class MaskCausalAlways(Attention):
    """A causal mask is applied in every call, beside the mask that was given. Hide only what the given mask hides."""

    def hide(self, scores, mask):
        causal = self.xp.tril(self.xp.ones(tuple(scores.shape[-2:]))) > 0
        return super().hide(scores, causal if mask is None else causal & mask)


@misconception()
class MaskNoneCrashes(Attention):
    """There is no branch for `mask=None`. The mask is optional: without one, every key is visible."""

    def hide(self, scores, mask):
        return self.fill(scores, ~mask & mask | mask, -1e30)


@misconception()
class MaskFlagBuildsOwn(Attention):
    """The given mask only switches a causal mask on, and its entries are never read. Use the mask that was given."""

    def fill(self, scores, mask, value):
        return super().fill(scores, self.xp.tril(self.xp.ones(tuple(scores.shape[-2:]))) > 0, value)


@misconception("fully-masked-row-nan")
class MaskFillMinusInfinityEverywhere(Attention):
    """A query that may attend to nothing gives 0/0 = NaN, which later spreads. Its output must be finite: fill with a
    large finite number, or define it."""

    def fill(self, scores, mask, value):
        return super().fill(scores, mask, -math.inf)

    def shifted(self, x, axis):
        return x - self.xp.amax(x, axis=axis, keepdims=True)
