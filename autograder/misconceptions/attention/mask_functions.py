"""Misconceptions about the functions that make masks."""

import numpy as np

from autograder.exercise import misconception
from autograder.misconceptions.attention.steps import Attention


@misconception()
class CausalStrict(Attention):
    """The diagonal is hidden. A token may attend to itself; row 0 would see nothing."""

    def causal_mask(self, num_tokens):
        return np.tril(np.ones((num_tokens, num_tokens), dtype=bool), -1)


@misconception()
class CausalLeakOne(Attention):
    """The diagonal is off by one: position i sees i + 1, which is the answer."""

    def causal_mask(self, num_tokens):
        return np.tril(np.ones((num_tokens, num_tokens), dtype=bool), 1)


@misconception()
class CausalFlipped(Attention):
    """The triangle is the wrong one: the future is allowed and the past is hidden."""

    def causal_mask(self, num_tokens):
        return np.triu(np.ones((num_tokens, num_tokens), dtype=bool))


@misconception()
class CausalHidden(Attention):
    """The mask marks what is hidden. Here True means may attend."""

    def causal_mask(self, num_tokens):
        return np.triu(np.ones((num_tokens, num_tokens), dtype=bool), 1)


@misconception()
class CausalAsFloat(Attention):
    """The mask holds numbers, not truth values: 1.0 is not True, and `~` needs booleans. Ask for dtype=bool."""

    def causal_mask(self, num_tokens):
        return np.tril(np.ones((num_tokens, num_tokens)))


@misconception()
class CausalFixedLength(Attention):
    """The mask has one fixed size. Make it as large as `num_tokens` says."""

    def causal_mask(self, num_tokens):
        return np.tril(np.ones((10, 10), dtype=bool))


@misconception()
class CausalEverything(Attention):
    """The mask allows everything: nothing is cut off above the diagonal."""

    def causal_mask(self, num_tokens):
        return np.ones((num_tokens, num_tokens), dtype=bool)


@misconception()
class PaddingHidden(Attention):
    """The mask marks the padding. Here True means may attend: mark the real tokens."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids == pad_id)[:, None, None, :]


@misconception()
class PaddingIdHardCoded(Attention):
    """The padding's id is taken to be 0. Use the argument `pad_id`."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids != 0)[:, None, None, :]


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
    """The mask holds numbers, not truth values. Leave the comparison as it is: booleans."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids != pad_id).astype(float)[:, None, None, :]
