"""Misconceptions about how the module keeps the table."""

from autograder.exercise import misconception
from instructor.misconceptions.positional_encoding.steps import Sinusoids


@misconception()
class PeNotBuffer(Sinusoids):
    """The table is a plain attribute, so PyTorch doesn't see it, and it follows neither .to(device) nor .to(dtype).
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
class PeLearnedScale(Sinusoids):
    """The table is multiplied by a factor that is learned. The paper adds it as it is: leave the parameter out."""

    def keep(self, module, table):
        import torch
        from torch import nn

        super().keep(module, table)
        module.scale = nn.Parameter(torch.ones(1))


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
