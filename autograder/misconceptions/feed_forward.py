"""Misconceptions about the feed-forward network, for both wings, and about its backward pass.

`Network` does unit 3 in small steps on NumPy arrays and on tensors alike: `self.xp` is the library. A misconception
overrides one step, and its docstring is the sentence that the student reads. The backward pass shares no step with the
forward one, so that no mistake in one looks like a mistake in the other.
"""

import math
from types import ModuleType
from typing import Any

import numpy as np

from autograder.exercise import misconception

EXERCISES = ("relu", "feed_forward", "feed_forward_backward")


class Network:
    """Unit 3 in steps."""

    xp: ModuleType
    dropout_rate = 0.0
    training = False

    def __init__(self, xp: ModuleType, dropout_rate: float = 0.0, training: bool = False) -> None:
        self.xp, self.dropout_rate, self.training = xp, dropout_rate, training

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {name: getattr(cls(np), name) for name in EXERCISES}
        from autograder.misconceptions.feed_forward_modules import modules

        return modules(cls)

    # forward

    def relu(self, x: Any) -> Any:
        return self.xp.where(x > 0, x, 0.0)

    def feed_forward(self, x: Any, weights: Any) -> Any:
        hidden = self.activate(self.first(self.enter(x), weights))
        return self.leave(self.second(self.dropout(hidden), weights), x)

    def enter(self, x: Any) -> Any:
        return x

    def first(self, x: Any, weights: Any) -> Any:
        return self.linear(x, weights, "linear1")

    def activate(self, before: Any) -> Any:
        return self.relu(before)

    def dropout(self, hidden: Any) -> Any:
        return self.dropped(hidden)

    def dropped(self, x: Any) -> Any:
        return self.xp.nn.functional.dropout(x, self.dropout_rate, self.training) if self.dropout_rate else x

    def second(self, hidden: Any, weights: Any) -> Any:
        return self.linear(hidden, weights, "linear2")

    def leave(self, output: Any, x: Any) -> Any:
        return output

    def linear(self, x: Any, weights: Any, name: str) -> Any:
        return x @ self.xp.swapaxes(weights[f"{name}.weight"], 0, 1) + weights[f"{name}.bias"]

    # the module of the PyTorch wing

    def parameters(self, module: Any, d_model: int, d_ff: int) -> None:
        module.linear1 = self.xp.nn.Linear(d_model, d_ff)
        module.linear2 = self.xp.nn.Linear(d_ff, d_model)

    # backward

    def feed_forward_backward(self, grad_output: Any, x: Any, weights: Any) -> Any:
        before = x @ weights["linear1.weight"].T + weights["linear1.bias"]
        hidden = np.maximum(before, 0)
        grad_hidden = self.upstream(grad_output) @ weights["linear2.weight"]
        grad_before = self.through_relu(grad_hidden, before, x, weights)
        gradients = self.of_map("linear1", grad_before, x)
        gradients |= self.of_map("linear2", self.upstream(grad_output), self.second_input(hidden, before))
        grad_x = self.into_x(grad_before, grad_hidden, grad_output) @ weights["linear1.weight"]
        return self.returned(grad_x, gradients, grad_output, weights)

    def upstream(self, grad_output: Any) -> Any:
        return grad_output

    def through_relu(self, grad_hidden: Any, before: Any, x: Any, weights: Any) -> Any:
        return grad_hidden * (before > 0)

    def second_input(self, hidden: Any, before: Any) -> Any:
        return hidden

    def of_map(self, name: str, grad: Any, x: Any) -> Any:
        return {f"{name}.weight": self.of_weight(grad, x), f"{name}.bias": self.of_bias(grad)}

    def of_weight(self, grad: Any, x: Any) -> Any:
        return self.rows(grad).T @ self.rows(x)

    def of_bias(self, grad: Any) -> Any:
        return self.rows(grad).sum(axis=0)

    def rows(self, x: Any) -> Any:
        return x.reshape(-1, x.shape[-1])

    def into_x(self, grad_before: Any, grad_hidden: Any, grad_output: Any) -> Any:
        return grad_before

    def returned(self, grad_x: Any, gradients: Any, grad_output: Any, weights: Any) -> Any:
        return grad_x, gradients


# ---- the ReLU


@misconception()
class FfnLeakyRelu(Network):
    """Negative numbers are made small (a leaky ReLU) instead of 0. The paper's ReLU lets nothing of them through."""

    def relu(self, x):
        return self.xp.where(x > 0, x, 0.01 * x)


@misconception()
class FfnElu(Network):
    """The activation is an ELU, which goes down to -1. The paper's ReLU is exactly 0 for negative numbers."""

    def relu(self, x):
        return self.xp.where(x > 0, x, self.xp.expm1(x))


@misconception()
class FfnGelu(Network):
    """The activation is a GELU, as in BERT and GPT. In 2017 it is the ReLU: 0 below 0, unchanged above."""

    def relu(self, x):
        if self.xp is not np:
            return self.xp.nn.functional.gelu(x)
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


@misconception()
class FfnSilu(Network):
    """The activation is x times its sigmoid (SiLU, Swish). In 2017 it is the ReLU: 0 below 0, unchanged above."""

    def relu(self, x):
        return x / (1 + self.xp.exp(-x))


@misconception()
class FfnSoftplus(Network):
    """The activation is log(1 + eˣ), the smooth softplus. The ReLU has a corner at 0, and does not change positive
    numbers."""

    def relu(self, x):
        return self.xp.log1p(self.xp.exp(x))


@misconception()
class FfnTanh(Network):
    """The activation is tanh, which flattens large numbers and keeps negative ones. The paper takes the ReLU."""

    def relu(self, x):
        return self.xp.tanh(x)


@misconception()
class FfnSigmoid(Network):
    """The activation is a sigmoid, which squeezes everything between 0 and 1. The paper takes the ReLU."""

    def relu(self, x):
        return 1 / (1 + self.xp.exp(-x))


@misconception()
class FfnAbsolute(Network):
    """Negative numbers change their sign: that is the absolute value. The ReLU makes them 0."""

    def relu(self, x):
        return abs(x)


@misconception()
class FfnMinimum(Network):
    """The positive numbers become 0 and the negative ones stay: it is the larger of x and 0 that is wanted, not the
    smaller."""

    def relu(self, x):
        return self.xp.where(x < 0, x, 0.0)


@misconception()
class FfnStep(Network):
    """The comparison `x > 0` itself is returned, as 0 and 1. It says which numbers stay; return these numbers."""

    def relu(self, x):
        return 0.0 * x + (x > 0)


@misconception()
class FfnReluCapped(Network):
    """Large numbers are cut off at 6 (a ReLU6). The ReLU has no upper end."""

    def relu(self, x):
        return self.xp.clip(x, 0, 6)


@misconception()
class FfnMaxAlongAxis(Network):
    """`max(x, 0)` of NumPy or PyTorch is the maximum *along axis 0*, and that axis is gone. Compare every number with 0
    on its own: `maximum`."""

    def relu(self, x):
        return self.xp.amax(x, 0)


@misconception()
class FfnBuiltinMax(Network):
    """Python's own `max` (or an `if`) asks an array for one truth value, and it has none. Compare number by number."""

    def relu(self, x):
        return max(x, 0)


@misconception()
class FfnInPlaceRelu(Network):
    """The negative numbers are set to 0 in the caller's own array. The residual branch still needs them: make a new
    array."""

    def relu(self, x):
        x[x < 0] = 0
        return x

    def activate(self, before):
        return super().relu(before)


# ---- where the ReLU stands


@misconception()
class FfnNoActivation(Network):
    """There is no ReLU between the two maps. Two linear maps in a row are one linear map."""

    def activate(self, before):
        return before


@misconception()
class FfnReluAfterSecond(Network):
    """The ReLU comes after the second map. It stands between the two, or they are one linear map."""

    def activate(self, before):
        return before

    def leave(self, output, x):
        return self.relu(output)


@misconception()
class FfnReluBoth(Network):
    """There is a second ReLU, on the output. What this layer adds to x must be able to be negative."""

    def leave(self, output, x):
        return self.relu(output)


@misconception()
class FfnReluFirst(Network):
    """The ReLU is applied to the input, before the first map. It belongs between the two maps."""

    def enter(self, x):
        return self.relu(x)

    def activate(self, before):
        return before


@misconception()
class FfnInPlaceOnInput(Network):
    """The input itself is clipped at 0, in place, and the residual branch with it. The ReLU acts on the hidden
    numbers."""

    def enter(self, x):
        x[x < 0] = 0
        return x


# ---- the two maps


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
class FfnSecondBiasMissing(Network):
    """The second bias is not used. Both maps have one."""

    def second(self, hidden, weights):
        return hidden @ self.xp.swapaxes(weights["linear2.weight"], 0, 1)

    def parameters(self, module, d_model, d_ff):
        super().parameters(module, d_model, d_ff)
        module.linear2.bias = None


@misconception()
class FfnWeightTransposed(Network):
    """The matrices are used the wrong way round. They are kept as (d_out, d_in), as in `nn.Linear`, so a row of x meets
    them transposed; and `nn.Linear` takes the inputs first, then the outputs."""

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
    """The first matrix serves for both maps. The second map has a matrix of its own."""

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
    """The code unpacks exactly three axes. Leading axes are free: `@` and `nn.Linear` take the last axis and let all
    others ride along."""

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
    """`.view` needs contiguous memory, and a transposed tensor has none. The linear maps need no reshaping at all."""

    def enter(self, x):
        return x if self.xp is np else x.view(-1, x.shape[-1]).view(x.shape)


@misconception()
class FfnDetached(Network):
    """The hidden layer is cut from the graph (`.detach()`, `.data`, `.numpy()`): no gradient reaches the input and the
    first map."""

    def activate(self, before):
        return super().activate(before if self.xp is np else before.detach())


@misconception()
class FfnSinglePrecision(Network):
    """The result is always rounded to float32. What comes in goes out: keep the dtype of the input."""

    def leave(self, output, x):
        return output.astype("float32").astype("float64") if self.xp is np else output.float().to(x.dtype)


@misconception()
class FfnDoublePrecision(Network):
    """The result is always float64. What comes in goes out: float32 stays float32."""

    def leave(self, output, x):
        return output if self.xp is np else output.double()


# ---- names and registration


@misconception()
class FfnListOfMaps(Network):
    """The linear maps stand in a plain Python list or dict, and PyTorch cannot see them: nothing to train. Make them
    attributes of the module."""

    def parameters(self, module, d_model, d_ff):
        module.maps = [self.xp.nn.Linear(d_model, d_ff), self.xp.nn.Linear(d_ff, d_model)]


@misconception()
class FfnSequentialNames(Network):
    """Inside an `nn.Sequential` the parameters are called `net.0.weight` and the like. The contract calls them by
    `linear1` and `linear2`: make the two maps attributes."""

    def parameters(self, module, d_model, d_ff):
        nn = self.xp.nn
        module.net = nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Dropout(0.1), nn.Linear(d_ff, d_model))


@misconception()
class FfnConvolution(Network):
    """A convolution of width 1 computes the same, but its weight has a third axis, and the contract's weights do not
    fit. Use `nn.Linear`."""

    def parameters(self, module, d_model, d_ff):
        module.linear1 = self.xp.nn.Conv1d(d_model, d_ff, 1)
        module.linear2 = self.xp.nn.Conv1d(d_ff, d_model, 1)


# ---- dropout


@misconception()
class FfnDropoutInEval(Network):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def dropped(self, x):
        self.training = True
        return super().dropped(x)


@misconception()
class FfnNoDropout(Network):
    """The argument `dropout` is never used. In training hidden units are dropped."""

    def dropout(self, hidden):
        return hidden


@misconception()
class FfnDropoutOnOutput(Network):
    """Dropout is applied to the output of the second map. In this layer it drops hidden units, before the second
    map."""

    def dropout(self, hidden):
        return hidden

    def leave(self, output, x):
        return self.dropped(output)


@misconception()
class FfnDropoutTwice(Network):
    """The output of the second map is dropped as well as the hidden units. The residual connection will do that one."""

    def leave(self, output, x):
        return self.dropped(output)


@misconception()
class FfnDropoutOnInput(Network):
    """Dropout is applied to the input. It belongs after the ReLU, on the hidden units."""

    def enter(self, x):
        return self.dropped(x)

    def dropout(self, hidden):
        return hidden


@misconception()
class FfnDropoutNotRescaled(Network):
    """Kept hidden units are not scaled by 1 / (1 - p): in training the expectation shrinks."""

    def dropped(self, x):
        return super().dropped(x) * (1 - self.dropout_rate if self.training else 1)


@misconception()
class FfnDropoutWholeTokens(Network):
    """Whole positions are dropped at once (`nn.Dropout1d`). Dropout chooses every hidden unit of every position on its
    own."""

    def dropped(self, x):
        return self.xp.nn.functional.dropout1d(x, self.dropout_rate) if self.training else x


# ---- the backward pass


@misconception()
class BwdFfnReluForgotten(Network):
    """The ReLU is passed as if it were not there. Where its input was negative, its output did not move, and no
    gradient passes."""

    def through_relu(self, grad_hidden, before, x, weights):
        return grad_hidden


@misconception()
class BwdFfnReluOfGradient(Network):
    """The gradient itself is clipped at 0. It may be negative: it passes or not by the sign of the number that
    *entered* the ReLU in the forward pass."""

    def through_relu(self, grad_hidden, before, x, weights):
        return np.maximum(grad_hidden, 0)


@misconception()
class BwdFfnReluMultiplied(Network):
    """The gradient is multiplied by the output of the ReLU. Its derivative is 1 where the unit was on, and 0
    elsewhere."""

    def through_relu(self, grad_hidden, before, x, weights):
        return grad_hidden * np.maximum(before, 0)


@misconception()
class BwdFfnMaskFlipped(Network):
    """The gradient passes where the hidden unit was off, and stops where it was on. It is the other way round."""

    def through_relu(self, grad_hidden, before, x, weights):
        return grad_hidden * (before < 0)


@misconception()
class BwdFfnMaskWithoutBias(Network):
    """Which units were on is decided without the first bias. The ReLU saw the sum of the product *and* the bias."""

    def through_relu(self, grad_hidden, before, x, weights):
        return grad_hidden * (x @ weights["linear1.weight"].T > 0)


@misconception()
class BwdFfnMaskNotForX(Network):
    """The gradient of x skips the ReLU, though those of the first map do not. All three leave from the same place:
    behind the ReLU's mask."""

    def into_x(self, grad_before, grad_hidden, grad_output):
        return grad_hidden


@misconception()
class BwdFfnHiddenBeforeRelu(Network):
    """The gradient of the second matrix uses the hidden numbers from before the ReLU. Its input was what came out of
    the ReLU."""

    def second_input(self, hidden, before):
        return before


@misconception()
class BwdFfnBiasAxes(Network):
    """The biases' gradients are summed over the first axis only. Every position of every sample used the same bias: sum
    over all leading axes."""

    def of_bias(self, grad):
        return grad.sum(axis=0)


@misconception()
class BwdFfnMean(Network):
    """The gradients of weights and biases are averaged over the positions. The loss is a sum over them: add up."""

    def of_map(self, name, grad, x):
        count = max(1, self.rows(x).shape[0])
        return {key: value / count for key, value in super().of_map(name, grad, x).items()}


@misconception()
class BwdFfnBiasMean(Network):
    """The gradients of the biases are averaged over the positions. Each position used the bias once: add up."""

    def of_bias(self, grad):
        return self.rows(grad).mean(axis=0)


@misconception()
class BwdFfnWeightNoSum(Network):
    """There is a gradient of the matrices for every sample. All samples and positions share one matrix: sum over all of
    them."""

    def of_weight(self, grad, x):
        if grad.ndim < 3:
            return super().of_weight(grad, x)
        return grad.swapaxes(-1, -2) @ x


@misconception()
class BwdFfnWeightTransposed(Network):
    """The gradients of the matrices are transposed. A gradient has the shape of what it belongs to: (d_out, d_in)."""

    def of_weight(self, grad, x):
        return super().of_weight(grad, x).T


@misconception()
class BwdFfnUpstreamIgnored(Network):
    """`grad_output` is not used, as if every output counted once. A check with ones does not notice; start with the
    gradient that comes from above."""

    def upstream(self, grad_output):
        return np.ones_like(grad_output)


@misconception()
class BwdFfnOnlyThreeAxes(Network):
    """The sums run over exactly two leading axes. There may be any number of them: make rows of all positions first."""

    def rows(self, x):
        batch, tokens, features = x.shape
        return x.reshape(batch * tokens, features)


@misconception()
class BwdFfnResidualAdded(Network):
    """`grad_output` is added to the gradient of x. That is the highway's share, and the residual connection around this
    layer adds it."""

    def returned(self, grad_x, gradients, grad_output, weights):
        return grad_x + grad_output, gradients


@misconception()
class BwdFfnSwapped(Network):
    """The two results have changed places. First the gradient of x, then the dict."""

    def returned(self, grad_x, gradients, grad_output, weights):
        return gradients, grad_x


@misconception()
class BwdFfnOnlyX(Network):
    """Only the gradient of x is returned. The contract asks for the pair (grad_x, grad_weights)."""

    def returned(self, grad_x, gradients, grad_output, weights):
        return grad_x


@misconception()
class BwdFfnIntoWeights(Network):
    """The gradients are written over the weights that were given. The caller still needs them: return a new dict."""

    def returned(self, grad_x, gradients, grad_output, weights):
        for name, gradient in gradients.items():
            weights[name][...] = gradient
        return grad_x, weights


MISCONCEPTIONS = [
    steps.misconception
    for steps in list(globals().values())
    if isinstance(steps, type) and "misconception" in vars(steps)
]
