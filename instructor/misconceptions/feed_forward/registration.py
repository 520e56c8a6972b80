"""Misconceptions about the names and the registration of the parameters."""

from autograder.exercise import misconception
from instructor.misconceptions.feed_forward.steps import Network


@misconception()
class FfnListOfMaps(Network):
    """The module has no parameters: the linear maps are not there, or PyTorch cannot see them in a plain list or dict.
    Make them attributes of the module."""

    def parameters(self, module, d_model, d_ff):
        module.maps = [self.xp.nn.Linear(d_model, d_ff), self.xp.nn.Linear(d_ff, d_model)]


@misconception()
class FfnSequentialNames(Network):
    """Inside an `nn.Sequential` the parameters are called `net.0.weight` and the like. This exercise calls them
    `linear1` and `linear2`: make the two maps attributes."""

    def parameters(self, module, d_model, d_ff):
        nn = self.xp.nn
        module.net = nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Dropout(0.1), nn.Linear(d_ff, d_model))


@misconception()
class FfnConvolution(Network):
    """A convolution of width 1 computes the same, but its weight has a third axis, and the weights of this exercise do
    not fit. Use `nn.Linear`."""

    def parameters(self, module, d_model, d_ff):
        module.linear1 = self.xp.nn.Conv1d(d_model, d_ff, 1)
        module.linear2 = self.xp.nn.Conv1d(d_ff, d_model, 1)


@misconception()
class FfnBiasFrozen(Network):
    """The biases are frozen (`requires_grad = False`), so they never learn. Parameters are trained by default: leave
    `requires_grad` alone."""

    def parameters(self, module, d_model, d_ff):
        super().parameters(module, d_model, d_ff)
        module.linear1.bias.requires_grad = module.linear2.bias.requires_grad = False


@misconception()
class FfnWeightsFrozen(Network):
    """All weights are frozen (`requires_grad = False`), so nothing is trained. Leave `requires_grad` alone."""

    def parameters(self, module, d_model, d_ff):
        super().parameters(module, d_model, d_ff)
        module.requires_grad_(False)


@misconception()
class FfnBareParameters(Network):
    """The weights are bare parameters called `w1`, `b1`, `w2` and `b2`. This exercise calls them `linear1.weight`,
    `linear1.bias` and so on: use two `nn.Linear`."""

    def parameters(self, module, d_model, d_ff):
        xp = self.xp
        module.w1, module.b1 = (xp.nn.Parameter(xp.zeros(*shape)) for shape in ((d_ff, d_model), (d_ff,)))
        module.w2, module.b2 = (xp.nn.Parameter(xp.zeros(*shape)) for shape in ((d_model, d_ff), (d_model,)))
