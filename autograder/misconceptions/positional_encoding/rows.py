"""Misconceptions about which rows of the table are taken."""

from autograder.exercise import misconception
from autograder.misconceptions.positional_encoding.steps import Sinusoids


@misconception()
class PeSliceByBatch(Sinusoids):
    """The table is cut at x.size(0). That is the batch here; the tokens are axis 1."""

    def rows(self, x, table):
        return table[: x.shape[0]]


@misconception()
class PeOneConstantPerExample(Sinusoids):
    """All tokens of a sequence get the same row, one for each sample of the batch: the positions ran along axis 0. The
    tokens are axis 1."""

    def rows(self, x, table):
        return table[: x.shape[0], None]

    def refuse(self, tokens, table):
        pass


@misconception()
class PeSliceOffByOne(Sinusoids):
    """The slice has one row too many, and works only where the sequence is as long as the table. `[:tokens]` ends
    before `tokens`."""

    def rows(self, x, table):
        return table[: x.shape[1] + 1]


@misconception()
class PeFullLengthOnly(Sinusoids):
    """The whole table is added, and not sliced: that works only for sequences of exactly max_len tokens. Take the first
    rows, as many as x has tokens."""

    def rows(self, x, table):
        return table


@misconception()
class PeIndexNotSlice(Sinusoids):
    """The table is indexed with the number of tokens: that is one single row, the same for all tokens. A slice needs
    the colon, `[:tokens]`."""

    def rows(self, x, table):
        return table[x.shape[1]]


@misconception()
class PeLastRows(Sinusoids):
    """The last rows of the table are taken. The first token has position 0, so take the first rows."""

    def rows(self, x, table):
        return table[-x.shape[1] :]


@misconception()
class PeFirstRowOnly(Sinusoids):
    """Every token gets the row of position 0, so they remain indistinguishable. Token t gets row t."""

    def rows(self, x, table):
        return table[:1]


@misconception("pe-wraps-around", "pe-max-len-ignored")
class PeTooLongAccepted(Sinusoids):
    """A sequence of more than max_len tokens is accepted: `max_len` is not used, or positions beyond it start again.
    Raise an error instead."""

    def rows(self, x, table):
        import torch

        return table[torch.arange(x.shape[1]) % len(table)]

    def refuse(self, tokens, table):
        pass
