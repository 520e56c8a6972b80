"""Misconceptions about which rows of the table are taken."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.positional_encoding.steps import Sinusoids


@misconception()
class PeSliceByBatch(Sinusoids):
    """The table is cut at x.size(0), which is the batch. The tokens are axis 1: cut it at x.size(1)."""

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


@misconception()
class PeSliceByWidth(Sinusoids):
    """The table is cut at x.size(-1), which is d_model. The tokens are axis 1: cut it at x.size(1)."""

    def rows(self, x, table):
        return table[: x.shape[-1]]


@misconception()
class PeAxisInTheMiddle(Sinusoids):
    """The rows get their new axis in the middle, (tokens, 1, d_model), as if tokens came before the batch. Here the
    batch is first: (tokens, d_model) broadcasts as it is."""

    def rows(self, x, table):
        return table[: x.shape[1], None]


@misconception()
class PeRowsFromOne(Sinusoids):
    """The rows are taken from 1 on, `[1 : tokens + 1]`. The first token has position 0: take `[:tokens]`."""

    def rows(self, x, table):
        return table[1 : x.shape[1] + 1]


@misconception(weight=Weight.SLIP)
class PeMaxLenIgnored(Sinusoids):
    """The argument `max_len` is not used: the table always has 5000 rows. Make it as long as `max_len` says."""

    def table(self, max_len, d_model):
        return super().table(self.default_max_len, d_model)


@misconception(weight=Weight.SLIP)
class PeLongestRefused(Sinusoids):
    """A sequence of exactly max_len tokens is refused (`>=`), though the table has a row for each of them. Refuse only
    more tokens than that: use `>`."""

    def refuse(self, tokens, table):
        super().refuse(tokens + 1, table)


@misconception(weight=Weight.SLIP)
class PeDefaultMaxLenShort(Sinusoids):
    """`max_len` is too small when it is left out. Its default is 5000."""

    default_max_len = 512


@misconception(weight=Weight.SLIP)
class PeDefaultMaxLenLong(Sinusoids):
    """`max_len` is too large when it is left out. Its default is 5000."""

    default_max_len = 10000


@misconception("pe-wraps-around", "pe-table-grows", "pe-cut-off", weight=Weight.SLIP)
class PeTooLongAccepted(Sinusoids):
    """A sequence of more than max_len tokens is accepted: the table grows, or positions start again, or the rest is cut
    off. Raise an error instead."""

    def rows(self, x, table):
        import torch

        return table[torch.arange(x.shape[1]) % len(table)]

    def refuse(self, tokens, table):
        pass
