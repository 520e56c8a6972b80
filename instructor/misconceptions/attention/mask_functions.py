"""Misconceptions about the functions that make masks."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.attention.steps import Attention


@misconception()
class CausalStrict(Attention):
    """The diagonal is hidden, so row 0 sees nothing. A token may attend to itself: keep the diagonal."""

    def causal_mask(self, num_tokens):
        return np.tril(np.ones((num_tokens, num_tokens), dtype=bool), -1)


@misconception()
class CausalLeakOne(Attention):
    """The triangle reaches one diagonal too far: position i sees i + 1, the token that it has to predict. Stop at the
    main diagonal."""

    def causal_mask(self, num_tokens):
        return np.tril(np.ones((num_tokens, num_tokens), dtype=bool), 1)


@misconception()
class CausalFlipped(Attention):
    """This is the wrong triangle: the future is visible and the past is hidden. Take the lower one, `np.tril`."""

    def causal_mask(self, num_tokens):
        return np.triu(np.ones((num_tokens, num_tokens), dtype=bool))


@misconception()
class CausalHidden(Attention):
    """The mask is True where a key is hidden. In this course True means "may attend": invert it with `~`."""

    def causal_mask(self, num_tokens):
        return np.triu(np.ones((num_tokens, num_tokens), dtype=bool), 1)


@misconception()
class CausalAsFloat(Attention):
    """The mask holds floats, 1.0 and 0.0, and `~` needs booleans. Make it with dtype=bool."""

    def causal_mask(self, num_tokens):
        return np.tril(np.ones((num_tokens, num_tokens)))


@misconception()
class CausalAsIntegers(Attention):
    """The mask holds integers, 1 and 0, and `~1` is -2. Make it with dtype=bool."""

    def causal_mask(self, num_tokens):
        return np.tril(np.ones((num_tokens, num_tokens), dtype=int))


@misconception()
class CausalHiddenAsFloat(Attention):
    """The mask is 1.0 where a key is hidden. It is asked for the other way round, and in booleans: True where the query
    may attend."""

    def causal_mask(self, num_tokens):
        return np.triu(np.ones((num_tokens, num_tokens)), 1)


@misconception()
class CausalAdditive(Attention):
    """The mask holds 0 and minus infinity, to be added to the scores. Return booleans: True where the query may
    attend."""

    def causal_mask(self, num_tokens):
        return np.triu(np.full((num_tokens, num_tokens), -np.inf), 1)


@misconception()
class CausalOwnPositionOnly(Attention):
    """Only the diagonal is visible: each position sees itself and nothing before it. Use the whole lower triangle."""

    def causal_mask(self, num_tokens):
        return np.eye(num_tokens, dtype=bool)


@misconception()
class CausalOneAxisTooMany(Attention):
    """The mask has the shape (1, num_tokens, num_tokens). Return (num_tokens, num_tokens): it broadcasts over the
    batch anyway."""

    def causal_mask(self, num_tokens):
        return super().causal_mask(num_tokens)[None]


@misconception()
class CausalTwoAxesTooMany(Attention):
    """The mask has the shape (1, 1, num_tokens, num_tokens). Return (num_tokens, num_tokens): it broadcasts over batch
    and heads anyway."""

    def causal_mask(self, num_tokens):
        return super().causal_mask(num_tokens)[None, None]


@misconception()
class CausalFixedLength(Attention):
    """The mask has one fixed size. Make it as large as `num_tokens` says."""

    def causal_mask(self, num_tokens):
        return np.tril(np.ones((10, 10), dtype=bool))


@misconception(weight=Weight.NOTHING_LEFT)
class CausalEverything(Attention):
    """The mask is True everywhere, so the future is visible. Set what lies above the diagonal to False: `np.tril`."""

    def causal_mask(self, num_tokens):
        return np.ones((num_tokens, num_tokens), dtype=bool)


@misconception()
class PaddingHidden(Attention):
    """The mask is True at the padding. In this course True means "may attend": compare with `!=`."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids == pad_id)[:, None, None, :]


@misconception()
class PaddingIdHardCoded(Attention):
    """The padding's id is taken to be 0. Use the argument `pad_id`."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids != 0)[:, None, None, :]


@misconception(weight=Weight.SLIP)
class PaddingDefaultOne(Attention):
    """`pad_id` is 1 when it is left out. The default that is asked for is 0."""

    def padding_mask(self, token_ids, pad_id=1):
        return super().padding_mask(token_ids, pad_id)


@misconception()
class PaddingGreaterThan(Attention):
    """The ids are compared by `>`, so real tokens with a smaller id than the padding's are hidden, too. Compare with
    `!=`."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids > pad_id)[:, None, None, :]


@misconception()
class PaddingByLength(Attention):
    """The real tokens are counted, and that many keys are shown, from the first one on. That is wrong where padding is
    not only at the end: compare each id with `pad_id`."""

    def padding_mask(self, token_ids, pad_id=0):
        lengths = (token_ids != pad_id).sum(axis=1)
        return (np.arange(token_ids.shape[1]) < lengths[:, None])[:, None, None, :]


@misconception()
class PaddingIdsChanged(Attention):
    """The caller's token ids are overwritten (`token_ids[…] = …`), and the model still needs them. Make a new array:
    `token_ids != pad_id`."""

    def padding_mask(self, token_ids, pad_id=0):
        mask = super().padding_mask(token_ids, pad_id)
        token_ids[...] = token_ids != pad_id
        return mask


@misconception()
class PaddingNoAxes(Attention):
    """The mask has shape (batch, keys). Axes for heads and queries are missing: with (batch, 1, 1, keys) it
    broadcasts."""

    def padding_mask(self, token_ids, pad_id=0):
        return token_ids != pad_id


@misconception()
class PaddingOneAxis(Attention):
    """The mask has shape (batch, 1, keys). An axis for the heads is missing: with (batch, 1, 1, keys) it broadcasts."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids != pad_id)[:, None, :]


@misconception()
class PaddingAsNumbers(Attention):
    """The mask holds floats, 1.0 and 0.0. Leave the comparison as it is: it gives booleans."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids != pad_id).astype(float)[:, None, None, :]


@misconception()
class PaddingAsIntegers(Attention):
    """The mask holds integers, 1 and 0. Leave the comparison as it is: it gives booleans."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids != pad_id).astype(int)[:, None, None, :]


@misconception()
class PaddingAdditive(Attention):
    """The mask holds 0 and a huge negative number, to be added to the scores. Return booleans: True at the real
    tokens."""

    def padding_mask(self, token_ids, pad_id=0):
        return np.where(token_ids != pad_id, 0.0, -1e9)[:, None, None, :]


@misconception()
class PaddingAxesInFront(Attention):
    """The two new axes come before the batch: (1, 1, batch, keys). They belong after it, (batch, 1, 1, keys): `[:,
    None, None, :]`."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids != pad_id)[None, None]


@misconception()
class PaddingAxesBehind(Attention):
    """The two new axes come at the end: (batch, keys, 1, 1). The keys must be the last axis, (batch, 1, 1, keys): `[:,
    None, None, :]`."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids != pad_id)[..., None, None]


@misconception()
class PaddingRepeated(Attention):
    """The mask is repeated for every query: (batch, 1, keys, keys). It then fits self-attention only, because queries
    may be more or fewer than keys. Leave that axis at 1: (batch, 1, 1, keys)."""

    def padding_mask(self, token_ids, pad_id=0):
        return np.repeat(super().padding_mask(token_ids, pad_id), token_ids.shape[1], axis=2)


@misconception()
class PaddingRowsToo(Attention):
    """Padding is hidden as a key and as a query: (batch, 1, keys, keys). Hide only the keys, with the shape
    (batch, 1, 1, keys)."""

    def padding_mask(self, token_ids, pad_id=0):
        keys = super().padding_mask(token_ids, pad_id)
        return keys & np.swapaxes(keys, 2, 3)
