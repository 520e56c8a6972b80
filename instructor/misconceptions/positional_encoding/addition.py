"""Misconceptions about what is done with the table's rows."""

import math

from autograder.exercise import Weight, misconception
from instructor.misconceptions.positional_encoding.steps import Sinusoids


@misconception()
class PeReplacesX(Sinusoids):
    """The table is returned instead of the sum, and what the tokens mean is lost. Return x + table."""

    def add(self, x, rows):
        return rows.to(x.dtype)


@misconception()
class PeInPlace(Sinusoids):
    """The table is added in place (`x += …`), which changes the caller's tensor. Make a new one: `x + …`."""

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
class PeScalesSum(Sinusoids):
    """The sum is multiplied by √d_model, the table with it. The factor belongs to the embedding (section 3.4), which
    has applied it already: return the sum alone."""

    def add(self, x, rows):
        return super().add(x, rows) * math.sqrt(x.shape[-1])


@misconception()
class PeScalesTable(Sinusoids):
    """The table is multiplied by √d_model. That factor belongs to the embedding (section 3.4): add the table as it
    is."""

    def add(self, x, rows):
        return super().add(x, rows * math.sqrt(x.shape[-1]))


@misconception()
class PeAddedTwice(Sinusoids):
    """The table is added twice. Add it once."""

    def add(self, x, rows):
        return super().add(x, 2 * rows)


@misconception(weight=Weight.NOTHING_LEFT)
class PeReturnsX(Sinusoids):
    """The input is returned as it came: no table is added, and nothing is dropped. Return dropout(x + table)."""

    def forward(self, x, rows, p, training):
        return x * 1


@misconception()
class PeViewOnNoncontiguous(Sinusoids):
    """`.view` needs contiguous memory, and a transposed tensor is not contiguous. No view is needed here: the table
    broadcasts."""

    def add(self, x, rows):
        return super().add(x.view(-1).view(x.shape), rows)


@misconception(hurts_training=True)
class PeDetached(Sinusoids):
    """The input is cut from the graph (`.detach()`, `.data`, `torch.tensor(x)`, `torch.no_grad()`): no gradient reaches
    the embedding. Only the table is fixed."""

    def add(self, x, rows):
        return super().add(x.detach(), rows)
