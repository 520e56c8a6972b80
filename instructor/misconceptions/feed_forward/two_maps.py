"""Misconceptions about the two linear maps."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.feed_forward.steps import Network


@misconception()
class FfnSecondBiasMissing(Network):
    """The second bias is not used. Both maps have one."""

    def second(self, hidden, weights):
        return hidden @ self.xp.swapaxes(weights["linear2.weight"], 0, 1)

    def parameters(self, module, d_model, d_ff):
        super().parameters(module, d_model, d_ff)
        module.linear2.bias = None


@misconception()
class FfnBiasMissing(Network):
    """Neither bias is used. Both maps have one, and it is not 0."""

    def linear(self, x, weights, name):
        return x @ self.xp.swapaxes(weights[f"{name}.weight"], 0, 1)

    def parameters(self, module, d_model, d_ff):
        module.linear1 = self.xp.nn.Linear(d_model, d_ff, bias=False)
        module.linear2 = self.xp.nn.Linear(d_ff, d_model, bias=False)


@misconception()
class FfnFirstBiasMissing(Network):
    """The first bias is not used. It comes before the ReLU and decides where each hidden unit begins."""

    def first(self, x, weights):
        return x @ self.xp.swapaxes(weights["linear1.weight"], 0, 1)

    def parameters(self, module, d_model, d_ff):
        super().parameters(module, d_model, d_ff)
        module.linear1.bias = None


@misconception()
class FfnFirstBiasAfterRelu(Network):
    """The first bias is added after the ReLU. It belongs inside: it decides where each hidden unit begins."""

    def first(self, x, weights):
        self.late = weights["linear1.bias"]
        return x @ self.xp.swapaxes(weights["linear1.weight"], 0, 1)

    def activate(self, before):
        return self.relu(before) + self.late


@misconception()
class FfnWeightReshaped(Network):
    """The matrices are reshaped where they should be transposed. The shape comes out right, but every number lands
    somewhere else: write `weight.T`."""

    def linear(self, x, weights, name):
        weight = weights[f"{name}.weight"]
        return x @ weight.reshape(weight.shape[::-1]) + weights[f"{name}.bias"]


@misconception()
class FfnWeightTransposed(Network):
    """The matrices are used the wrong way round. They are kept as (d_out, d_in), as in `nn.Linear`, so multiply x by
    their transpose; and `nn.Linear` takes the inputs first, then the outputs."""

    def linear(self, x, weights, name):
        return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def parameters(self, module, d_model, d_ff):
        module.linear1 = self.xp.nn.Linear(d_ff, d_model)
        module.linear2 = self.xp.nn.Linear(d_model, d_ff)


@misconception()
class FfnOrientationGuessed(Network):
    """Whether a matrix is transposed is guessed from its shape, and a square one is taken as it is. It is always
    (d_out, d_in)."""

    def linear(self, x, weights, name):
        weight = weights[f"{name}.weight"]
        return (
            x @ (weight if weight.shape[0] == x.shape[-1] else self.xp.swapaxes(weight, 0, 1)) + weights[f"{name}.bias"]
        )


@misconception()
class FfnOneMatrix(Network):
    """The first matrix is used for both maps. The second map has a matrix of its own."""

    def second(self, hidden, weights):
        return hidden @ weights["linear1.weight"] + weights["linear2.bias"]

    def parameters(self, module, d_model, d_ff):
        module.linear1 = self.xp.nn.Linear(d_model, d_ff)
        module.linear2 = self.xp.nn.Linear(d_ff, d_model)


@misconception()
class FfnWeightsByOrder(Network):
    """The weights are taken by their order (`weights.values()`). Take each by its name: the dict may be sorted
    otherwise, and hold more."""

    def feed_forward(self, x, weights):
        if self.xp is np:
            weight1, bias1, weight2, bias2 = weights.values()
            weights = {"linear1.weight": weight1, "linear1.bias": bias1}
            weights |= {"linear2.weight": weight2, "linear2.bias": bias2}
        return super().feed_forward(x, weights)


@misconception()
class FfnInnerWidth(Network):
    """The hidden layer has d_model units. It has d_ff of them, and `d_ff` is an argument."""

    def parameters(self, module, d_model, d_ff):
        super().parameters(module, d_model, d_model)


@misconception()
class FfnInnerWidthFour(Network):
    """The hidden layer always has 4 · d_model units. It has as many as `d_ff` says; the 4 is only the paper's
    choice."""

    def parameters(self, module, d_model, d_ff):
        super().parameters(module, d_model, 4 * d_model)


@misconception()
class FfnReturnsHidden(Network):
    """The hidden layer is returned. The second map brings it back from d_ff to d_model features."""

    def second(self, hidden, weights):
        return hidden


@misconception()
class FfnResidualAdded(Network):
    """The input is added to the output. That is the task of the residual connection around this layer, which comes in a
    later unit."""

    def leave(self, output, x):
        return x + output


@misconception()
class FfnMixesTokens(Network):
    """The tokens are averaged on the way. Every position goes through the network on its own: only the last axis is
    touched."""

    def enter(self, x):
        return x - x.mean(0) if x.ndim > 1 else x


@misconception()
class FfnOnlyThreeAxes(Network):
    """The code unpacks exactly three axes. There may be any number of leading axes: `@` and `nn.Linear` take the last
    axis and leave all others as they are."""

    def enter(self, x):
        _batch, _tokens, _d_model = x.shape
        return x


@misconception()
class FfnWritesIntoX(Network):
    """The result is written into the input itself (`x[...] = …`, `out=x`). The caller still needs that array."""

    def leave(self, output, x):
        x[...] = output
        return x


@misconception()
class FfnViewOnNoncontiguous(Network):
    """`.view` needs contiguous memory, and a transposed tensor is not contiguous. The linear maps need no reshaping at
    all."""

    def enter(self, x):
        return x if self.xp is np else x.view(-1, x.shape[-1]).view(x.shape)


@misconception(hurts_training=True)
class FfnDetached(Network):
    """The hidden layer is cut from the graph (`.detach()`, `.data`, `.numpy()`): no gradient reaches the input and the
    first map."""

    def activate(self, before):
        return super().activate(before if self.xp is np else before.detach())


@misconception()
class FfnSinglePrecision(Network):
    """The result is always rounded to float32. Keep the dtype of the input: float64 stays float64."""

    def leave(self, output, x):
        return output.astype("float32").astype("float64") if self.xp is np else output.float().to(x.dtype)


@misconception()
class FfnDoublePrecision(Network):
    """The result is always float64. Keep the dtype of the input: float32 stays float32."""

    def leave(self, output, x):
        return output if self.xp is np else output.double()


@misconception(weight=Weight.NOTHING_LEFT)
class FfnReturnsInput(Network):
    """The input comes back as it is. Return what the two maps make of it."""

    def leave(self, output, x):
        return x + 0 * output


@misconception(weight=Weight.NOTHING_LEFT)
class FfnReturnsZeros(Network):
    """The output is 0 everywhere. Return what the second map gives."""

    def leave(self, output, x):
        return 0 * output


@misconception()
class FfnFirstTransposed(Network):
    """The first matrix is used the wrong way round, the second one is not. Both are kept as (d_out, d_in): transpose
    both."""

    def first(self, x, weights):
        return x @ weights["linear1.weight"] + weights["linear1.bias"]

    def parameters(self, module, d_model, d_ff):
        super().parameters(module, d_model, d_ff)
        module.linear1 = self.xp.nn.Linear(d_ff, d_model)


@misconception()
class FfnSecondTransposed(Network):
    """The second matrix is used the wrong way round, the first one is not. Both are kept as (d_out, d_in): transpose
    both."""

    def second(self, hidden, weights):
        return hidden @ weights["linear2.weight"] + weights["linear2.bias"]

    def parameters(self, module, d_model, d_ff):
        super().parameters(module, d_model, d_ff)
        module.linear2 = self.xp.nn.Linear(d_model, d_ff)


@misconception()
class FfnNotReshapedBack(Network):
    """All positions were put into one long axis, and the output still has that shape. Give it the leading axes of x
    again, or don't reshape at all: `@` takes any number of them."""

    def leave(self, output, x):
        return output.reshape(-1, output.shape[-1])


@misconception()
class FfnTransposesThreeAxes(Network):
    """The axes are transposed by number, which works with exactly three of them. There may be any number of leading
    axes: `x @ W.T` needs no transpose of x."""

    def enter(self, x):
        if self.xp is np:
            return x.transpose(0, 2, 1).transpose(0, 2, 1)
        return x.transpose(1, 2).transpose(1, 2)


@misconception(hurts_training=True)
class FfnInputDetached(Network):
    """The input is cut from the graph (`.detach()`, `.data`): these two maps learn, but nothing before them does. Use x
    as it is."""

    def enter(self, x):
        return x if self.xp is np else x.detach()


@misconception(hurts_training=True)
class FfnNoGrad(Network):
    """The output is cut from the graph (`torch.no_grad()`, `.detach()`): nothing can be trained. Leave the graph
    alone."""

    def leave(self, output, x):
        return output if self.xp is np else output.detach()
