"""Misconceptions about how the module keeps the table."""

from autograder.exercise import misconception
from autograder.misconceptions.positional_encoding.steps import Sinusoids


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
