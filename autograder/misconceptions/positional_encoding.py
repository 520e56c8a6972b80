"""Misconceptions about positional encoding, for both wings.

`Sinusoids` does unit 1 in small steps. The table is a NumPy array in both wings; what the module does with it are steps
on tensors. A misconception overrides one step, and its docstring is the sentence that the student reads.
"""

import math
from typing import Any

import numpy as np

from autograder.exercise import misconception


class Sinusoids:
    """Unit 1 in steps."""

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {"positional_encoding": cls().positional_encoding}
        from autograder.misconceptions.positional_encoding_modules import modules

        return modules(cls)

    # the table

    def positional_encoding(self, num_positions: int, d_model: int) -> np.ndarray:
        return self.columns(self.angles(num_positions, d_model))

    def angles(self, num_positions: int, d_model: int) -> np.ndarray:
        return self.positions(num_positions)[:, None] * self.frequencies(d_model)

    def positions(self, num_positions: int) -> np.ndarray:
        return np.arange(num_positions, dtype=np.float64)

    def frequencies(self, d_model: int) -> np.ndarray:
        return self.base() ** -self.exponents(d_model)

    def base(self) -> float:
        return 10000.0

    def exponents(self, d_model: int) -> np.ndarray:
        return np.arange(0, d_model, 2) / d_model

    def columns(self, angles: np.ndarray) -> np.ndarray:
        return self.side_by_side(np.sin(angles), np.cos(angles))

    def side_by_side(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return np.stack([first, second], axis=-1).reshape(len(first), -1)

    # the module of the PyTorch wing; `rows` and `x` are tensors

    def table(self, max_len: int, d_model: int) -> Any:
        import torch

        return torch.from_numpy(self.positional_encoding(max_len, d_model)).float()

    def keep(self, module: Any, table: Any) -> None:
        module.register_buffer("table", table)

    def refuse(self, tokens: int, table: Any) -> None:
        if tokens > len(table):
            raise ValueError("more tokens than positions")

    def rows(self, x: Any, table: Any) -> Any:
        return table[: x.shape[1]]

    def forward(self, x: Any, rows: Any, p: float, training: bool) -> Any:
        return self.drop(self.add(x, rows), p, training)

    def add(self, x: Any, rows: Any) -> Any:
        return x + rows

    def drop(self, x: Any, p: float, training: bool) -> Any:
        from torch.nn import functional

        return functional.dropout(x, p, training)


# ---- the exponent


@misconception("pe-i-not-2i", "pe-base-hundred")
class PeExponentHalved(Sinusoids):
    """The exponent is half of what it should be: it is 2i / d_model for the pair i, not i / d_model (or the base is
    100, which is the same mistake)."""

    def exponents(self, d_model):
        return np.arange(d_model // 2) / d_model


@misconception("pe-double-2i")
class PeExponentDoubled(Sinusoids):
    """The exponent is doubled: where the index already runs over 0, 2, 4, … it is the paper's 2i, and must not be
    multiplied by 2 once more."""

    def exponents(self, d_model):
        return 2 * np.arange(0, d_model, 2) / d_model


@misconception("pe-all-frequencies-one")
class PeIntegerDivision(Sinusoids):
    """All pairs have the same frequency, 1: the exponent is always 0. Either `//` cut it off (use `/`), or the position
    was never divided by a power of 10000."""

    def exponents(self, d_model):
        return np.arange(0, d_model, 2) // d_model


@misconception()
class PeExponentNotDivided(Sinusoids):
    """The exponent is 2i alone. Divide it by d_model, so that it runs from 0 to nearly 1, whatever the width is."""

    def exponents(self, d_model):
        return np.arange(0, d_model, 2).astype(float)


@misconception()
class PeExponentPerColumn(Sinusoids):
    """Every column has an exponent of its own. The columns 2i and 2i + 1 are a pair and share the exponent 2i /
    d_model: sine and cosine of the same angle."""

    def positional_encoding(self, num_positions, d_model):
        column = np.arange(d_model)
        angles = self.positions(num_positions)[:, None] / self.base() ** (column / d_model)
        return np.where(column % 2 == 0, np.sin(angles), np.cos(angles))


@misconception()
class PeExponentPerColumnDoubled(Sinusoids):
    """The column's own number is taken for i, so the exponents are 2 · column / d_model. The columns 2i and 2i + 1
    share one exponent, 2i / d_model: halve the column's number first, and round down."""

    def positional_encoding(self, num_positions, d_model):
        column = np.arange(d_model)
        angles = self.positions(num_positions)[:, None] / self.base() ** (2 * column / d_model)
        return np.where(column % 2 == 0, np.sin(angles), np.cos(angles))


@misconception()
class PeExponentUpToOne(Sinusoids):
    """The exponents run from 0 to exactly 1, spread evenly over the pairs. The paper divides 2i by d_model, so the last
    one stays below 1."""

    def exponents(self, d_model):
        return np.linspace(0, 1, d_model // 2)


@misconception()
class PeExponentFromOne(Sinusoids):
    """The pairs are counted from 1. The first pair is i = 0: its exponent is 0 and its angle is the position itself."""

    def exponents(self, d_model):
        return np.arange(2, d_model + 1, 2) / d_model


@misconception("pe-sign-of-the-logarithm")
class PeMultiplied(Sinusoids):
    """The position is multiplied by 10000^(2i/d_model) (or the minus is missing in exp(-log(10000) · 2i / d_model)).
    Divide: the waves become longer with i."""

    def exponents(self, d_model):
        return -super().exponents(d_model)


# ---- the base


@misconception()
class PeWrongBase(Sinusoids):
    """The base is 1000. In the paper it is 10 000: one zero is missing."""

    def base(self):
        return 1000.0


@misconception()
class PeBaseHundredThousand(Sinusoids):
    """The base is 100 000. In the paper it is 10 000: there is one zero too many."""

    def base(self):
        return 100000.0


@misconception()
class PeNoLogBase(Sinusoids):
    """The frequencies are powers of e: the logarithm of 10000 is missing in the exponent, and so is the division by
    d_model. Either use the power itself, or exp(-log(10000) · 2i / d_model)."""

    def frequencies(self, d_model):
        return np.exp(np.arange(0, d_model, 2).astype(float))


@misconception()
class PeBaseE(Sinusoids):
    """The base is e: exp(-2i / d_model) lacks the factor log(10000) in its exponent."""

    def base(self):
        return math.e


@misconception()
class PeLogBaseTen(Sinusoids):
    """The logarithm to the base 10 stands inside `exp`. Only the natural logarithm undoes it: exp(log(10000) · y) is
    10000^y."""

    def frequencies(self, d_model):
        return np.exp(-math.log10(10000.0) * self.exponents(d_model))


# ---- the positions


@misconception()
class PePositionsFromOne(Sinusoids):
    """The positions are counted from 1. The first position is 0, and its row starts with 0, 1, 0, 1."""

    def positions(self, num_positions):
        return np.arange(1, num_positions + 1, dtype=np.float64)


@misconception()
class PePositionsNormalised(Sinusoids):
    """The position is divided by the number of positions, so the same place has another code in a longer table. Use the
    position itself."""

    def positions(self, num_positions):
        return np.arange(num_positions) / num_positions


@misconception()
class PePositionsBackwards(Sinusoids):
    """The positions run backwards. Row 0 belongs to position 0."""

    def positions(self, num_positions):
        return super().positions(num_positions)[::-1]


# ---- the columns


@misconception()
class PeHalfSplit(Sinusoids):
    """First come all sines, then all cosines. The paper interleaves them: sine in the even columns, cosine in the odd
    ones."""

    def side_by_side(self, first, second):
        return np.concatenate([first, second], axis=1)


@misconception()
class PeSinCosSwapped(Sinusoids):
    """Sine and cosine have changed places. Even columns are sines, so the row of position 0 starts with 0, 1, 0, 1."""

    def columns(self, angles):
        return self.side_by_side(np.cos(angles), np.sin(angles))


@misconception()
class PeSinOnly(Sinusoids):
    """All columns are sines. Each pair needs a sine and a cosine, or else shifting by k positions is no rotation."""

    def columns(self, angles):
        return self.side_by_side(np.sin(angles), np.sin(angles))


@misconception()
class PeCosOnly(Sinusoids):
    """All columns are cosines. Each pair needs a sine and a cosine: even columns are sines."""

    def columns(self, angles):
        return self.side_by_side(np.cos(angles), np.cos(angles))


@misconception()
class PeOddColumnsEmpty(Sinusoids):
    """The odd columns are still 0: the cosines were never written into them."""

    def columns(self, angles):
        return self.side_by_side(np.sin(angles), np.zeros_like(angles))


@misconception()
class PeAnglesReturned(Sinusoids):
    """The table holds the angles themselves. Take the sine in the even columns and the cosine in the odd ones."""

    def columns(self, angles):
        return self.side_by_side(angles, angles)


@misconception()
class PeTransposed(Sinusoids):
    """The table lies on its side. It has a row for each position and a column for each feature: (num_positions,
    d_model)."""

    def positional_encoding(self, num_positions, d_model):
        return np.ascontiguousarray(super().positional_encoding(num_positions, d_model).T)


@misconception()
class PeBatchAxis(Sinusoids):
    """The table has an axis too many, for a batch. The function returns (num_positions, d_model)."""

    def positional_encoding(self, num_positions, d_model):
        return super().positional_encoding(num_positions, d_model)[None]

    def table(self, max_len, d_model):
        return super().table(max_len, d_model)[0]


# ---- the table's type


@misconception()
class PeIntDtype(Sinusoids):
    """The table has an integer type (that of the token ids, or of `arange`, or of zeros made with dtype=int), which
    cuts off everything behind the decimal point. Sines need a floating-point table."""

    def side_by_side(self, first, second):
        return super().side_by_side(first, second).astype(np.int64)

    def table(self, max_len, d_model):
        import torch

        return torch.from_numpy(self.positional_encoding(max_len, d_model))


@misconception()
class PeSinglePrecision(Sinusoids):
    """The result is always float32. NumPy's table is float64; and a module returns the dtype that it was given."""

    def positional_encoding(self, num_positions, d_model):
        return super().positional_encoding(num_positions, d_model).astype(np.float32)

    def add(self, x, rows):
        return super().add(x, rows).float()


@misconception("pe-half-table")
class PeHalfPrecision(Sinusoids):
    """The table is computed in float16, which knows only three decimal digits: distant positions collapse. Compute it
    in float32 or float64."""

    def angles(self, num_positions, d_model):
        exact = self.positions(num_positions)[:, None], self.frequencies(d_model)
        positions, frequencies = (part.astype(np.float16) for part in exact)
        return (positions * frequencies).astype(np.float64)


@misconception()
class PeRounded(Sinusoids):
    """The table is rounded to a few decimals. Keep all digits: neighbours differ little in the slow columns."""

    def columns(self, angles):
        return np.round(super().columns(angles), 2)


@misconception()
class PeDoubleTable(Sinusoids):
    """The table stays float64, as NumPy made it, and turns a float32 input into a float64 output. Cast it to x's dtype,
    or make the buffer float32."""

    def table(self, max_len, d_model):
        return super().table(max_len, d_model).double()


# ---- how the module keeps the table


@misconception()
class PeNotBuffer(Sinusoids):
    """The table is a plain attribute, and PyTorch cannot see it: it will not follow .to(device), nor .to(dtype).
    Register it as a buffer."""

    def keep(self, module, table):
        module.table = table


@misconception()
class PeDoubleAttribute(Sinusoids):
    """The table is a plain attribute in NumPy's float64: it neither follows .to(…) nor has x's dtype. Register it as a
    buffer and cast it."""

    def table(self, max_len, d_model):
        return super().table(max_len, d_model).double()

    def keep(self, module, table):
        module.table = table


@misconception()
class PeIsParameter(Sinusoids):
    """The table is an nn.Parameter that training would change. The sinusoids are fixed: register a buffer, or switch
    requires_grad off."""

    def keep(self, module, table):
        from torch import nn

        module.table = nn.Parameter(table)


@misconception()
class PeLearned(Sinusoids):
    """The table is random and learned. The paper tried that too, with nearly the same results, and chose the sinusoids;
    they are what is asked for here."""

    def table(self, max_len, d_model):
        import torch

        return torch.randn(max_len, d_model)

    def keep(self, module, table):
        from torch import nn

        module.table = nn.Parameter(table)


# ---- which rows


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


# ---- what is done with them


@misconception()
class PeReplacesX(Sinusoids):
    """The table is returned instead of the sum: what the tokens mean is lost. Add it to x."""

    def add(self, x, rows):
        return rows.to(x.dtype)


@misconception()
class PeInPlace(Sinusoids):
    """The table is added in place (`x += …`), and the caller's tensor is changed now. Make a new one."""

    def add(self, x, rows):
        x += rows
        return x


@misconception()
class PeTimesX(Sinusoids):
    """The table is multiplied with x. It is added: position 0 holds zeros, and would erase half of the first token."""

    def add(self, x, rows):
        return x * rows


@misconception()
class PeConcatenated(Sinusoids):
    """The table is put beside x, and doubles the width. The paper adds it, so that d_model stays d_model."""

    def add(self, x, rows):
        import torch

        return torch.cat([x, rows.expand(x.shape).to(x.dtype)], dim=-1)


@misconception()
class PeScalesX(Sinusoids):
    """The input is multiplied by √d_model here. That factor belongs to the embedding (section 3.4), which has applied
    it already."""

    def add(self, x, rows):
        return super().add(x * math.sqrt(x.shape[-1]), rows)


@misconception()
class PeViewOnNoncontiguous(Sinusoids):
    """`.view` needs contiguous memory, and a transposed tensor has none. No view is needed here: the table
    broadcasts."""

    def add(self, x, rows):
        return super().add(x.view(-1).view(x.shape), rows)


@misconception()
class PeDetached(Sinusoids):
    """The input is cut from the graph (`.detach()`, `.data`, `torch.tensor(x)`, `torch.no_grad()`): no gradient reaches
    the embedding. Only the table is fixed."""

    def add(self, x, rows):
        return super().add(x.detach(), rows)


# ---- dropout


@misconception()
class PeDropoutInEval(Sinusoids):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def drop(self, x, p, training):
        return super().drop(x, p, True)


@misconception()
class PeNoDropout(Sinusoids):
    """The argument `dropout` is never used. In training numbers of the sum are dropped."""

    def drop(self, x, p, training):
        return x


@misconception()
class PeDropoutOnX(Sinusoids):
    """Dropout is applied to x before the table is added. The paper applies it to the sum (section 5.4)."""

    def forward(self, x, rows, p, training):
        return self.add(self.drop(x, p, training), rows)


@misconception()
class PeDropoutOnTable(Sinusoids):
    """Dropout is applied to the table alone. The paper applies it to the sum of embedding and encoding (section
    5.4)."""

    def forward(self, x, rows, p, training):
        return self.add(x, self.drop(rows.expand(x.shape), p, training))


@misconception()
class PeDropoutNotRescaled(Sinusoids):
    """What dropout keeps is not scaled by 1 / (1 - p): in training the expectation shrinks."""

    def drop(self, x, p, training):
        return super().drop(x, p, training) * (1 - p if training else 1)


MISCONCEPTIONS = [
    steps.misconception
    for steps in list(globals().values())
    if isinstance(steps, type) and "misconception" in vars(steps)
]
