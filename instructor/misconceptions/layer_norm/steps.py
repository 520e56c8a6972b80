"""The right steps of layer normalization and the residual connection, for both wings.

`Normalise` does unit 4 in small steps on NumPy arrays and on tensors alike: `self.xp` is the library. A misconception
overrides one step, and its docstring is the sentence that the student reads.
"""

from types import ModuleType
from typing import Any

import numpy as np

EXERCISES = ("layer_norm", "layer_norm_backward")


class Normalise:
    """Unit 4 in steps."""

    xp: ModuleType
    training = False
    default_eps = 1e-5
    default_dropout = 0.1

    def __init__(self, xp: ModuleType, training: bool = False) -> None:
        self.xp, self.training = xp, training

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {name: getattr(cls(np), name) for name in EXERCISES}
        from instructor.misconceptions.layer_norm.modules import modules

        return modules(cls)

    # layer normalization

    def layer_norm(self, x: Any, gamma: Any, beta: Any, eps: float | None = None) -> Any:
        return self.affine(self.normalised(x, self.eps(eps))[0], gamma, beta)

    def eps(self, given: float | None) -> float:
        return self.default_eps if given is None else given

    def normalised(self, x: Any, eps: float) -> Any:
        mean = self.mean(x)
        deviation = self.deviation(self.variance(x, mean), eps)
        return self.centred(x, mean) / deviation, deviation

    def mean(self, x: Any) -> Any:
        return self.average(x)

    def average(self, x: Any) -> Any:
        return x.mean(axis=-1, keepdims=True)

    def variance(self, x: Any, mean: Any) -> Any:
        return self.average((x - mean) ** 2)

    def deviation(self, variance: Any, eps: float) -> Any:
        return self.xp.sqrt(variance + eps)

    def centred(self, x: Any, mean: Any) -> Any:
        return x - mean

    def affine(self, normalised: Any, gamma: Any, beta: Any) -> Any:
        return gamma * normalised + beta

    # its backward pass

    def layer_norm_backward(self, grad_output: Any, x: Any, gamma: Any, eps: float | None = None) -> Any:
        normalised, deviation = self.normalised(x, self.eps(eps))
        return self.results(
            self.grad_x(self.scaled(grad_output, gamma), normalised, deviation, gamma),
            self.grad_gamma(grad_output, normalised, x, gamma),
            self.grad_beta(grad_output, gamma),
        )

    def scaled(self, grad_output: Any, gamma: Any) -> Any:
        return gamma * grad_output

    def grad_x(self, g: Any, normalised: Any, deviation: Any, gamma: Any) -> Any:
        return (g - self.through_mean(g) - self.through_deviation(g, normalised)) / deviation

    def through_mean(self, g: Any) -> Any:
        return g.mean(axis=-1, keepdims=True)

    def through_deviation(self, g: Any, normalised: Any) -> Any:
        return normalised * (g * normalised).mean(axis=-1, keepdims=True)

    def grad_gamma(self, grad_output: Any, normalised: Any, x: Any, gamma: Any) -> Any:
        return self.over_tokens(grad_output * normalised)

    def grad_beta(self, grad_output: Any, gamma: Any) -> Any:
        return self.over_tokens(grad_output)

    def over_tokens(self, terms: Any) -> Any:
        return terms.sum(axis=tuple(range(terms.ndim - 1)))

    def results(self, grad_x: Any, grad_gamma: Any, grad_beta: Any) -> Any:
        return grad_x, grad_gamma, grad_beta

    # the modules of the PyTorch wing

    def parameters(self, module: Any, d_model: int) -> None:
        module.gamma = self.xp.nn.Parameter(self.xp.ones(d_model))
        module.beta = self.xp.nn.Parameter(self.xp.zeros(d_model))

    def gamma_and_beta(self, module: Any) -> tuple[Any, Any]:
        return module.gamma, module.beta

    def keep_norm(self, module: Any, norm: Any) -> None:
        module.norm = norm

    def norm_of(self, module: Any) -> Any:
        return module.norm

    def residual(self, x: Any, sublayer: Any, norm: Any, rate: float) -> Any:
        return norm(x + self.dropped(sublayer(x), rate))

    def dropped(self, x: Any, rate: float) -> Any:
        return self.xp.nn.functional.dropout(x, rate, self.training)
