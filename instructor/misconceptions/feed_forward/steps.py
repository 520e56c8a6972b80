"""The right steps of the feed-forward network, for both wings.

`Network` does unit 3 in small steps on NumPy arrays and on tensors alike: `self.xp` is the library. A misconception
overrides one step, and its docstring is the sentence that the student reads. The backward pass shares no step with the
forward one, so that no mistake in one looks like a mistake in the other.
"""

from types import ModuleType
from typing import Any

import numpy as np

EXERCISES = ("relu", "feed_forward", "feed_forward_backward")


class Network:
    """Unit 3 in steps."""

    xp: ModuleType
    dropout_rate = 0.0
    training = False
    default_dropout = 0.1

    def __init__(self, xp: ModuleType, dropout_rate: float = 0.0, training: bool = False) -> None:
        self.xp, self.dropout_rate, self.training = xp, dropout_rate, training

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {name: getattr(cls(np), name) for name in EXERCISES}
        from instructor.misconceptions.feed_forward.modules import modules

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
