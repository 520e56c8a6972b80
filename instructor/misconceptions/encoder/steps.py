"""The right steps of the encoder, for both wings.

`Layers` does unit 5 in small steps on NumPy arrays and on tensors alike: `self.xp` is the library. A misconception
overrides one step, and its docstring is the sentence that the student reads.
"""

from types import ModuleType
from typing import Any

import numpy as np

from instructor.misconceptions.attention.steps import Attention

EXERCISES = ("encoder_layer", "encoder", "encoder_layer_backward")
EPS = 1e-5


def part(weights: Any, name: str) -> Any:
    return {key.removeprefix(f"{name}."): entry for key, entry in weights.items() if key.startswith(f"{name}.")}


class Layers:
    """Unit 5 in steps."""

    xp: ModuleType
    eps = EPS

    def __init__(self, xp: ModuleType, dropout_rate: float = 0.0, training: bool = False) -> None:
        self.xp, self.dropout_rate, self.training = xp, dropout_rate, training

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {name: getattr(cls(np), name) for name in EXERCISES}
        from instructor.misconceptions.encoder.modules import modules

        return modules(cls)

    # one layer

    def encoder_layer(self, x: Any, weights: Any, num_heads: int, mask: Any = None) -> Any:
        h = self.first(x, weights, num_heads, self.passed_on(mask, x))
        return self.second(h, x, weights)

    def first(self, x: Any, weights: Any, num_heads: int, mask: Any) -> Any:
        return self.residual(x, lambda x: self.attend(x, weights, num_heads, mask), weights, self.norm_of(1))

    def second(self, h: Any, x: Any, weights: Any) -> Any:
        return self.residual(h, lambda h: self.feed_forward(h, weights), weights, self.norm_of(2))

    def norm_of(self, number: int) -> str:
        return f"residual{number}.norm"

    def passed_on(self, mask: Any, x: Any) -> Any:
        return mask

    def attend(self, x: Any, weights: Any, num_heads: int, mask: Any) -> Any:
        return self.attention(x, x, x, part(weights, "self_attention"), num_heads, mask)[0]

    def attention(self, q: Any, k: Any, v: Any, weights: Any, num_heads: int, mask: Any) -> Any:
        return Attention(self.xp).multi_head_attention(q, k, v, weights, num_heads, mask)

    def feed_forward(self, x: Any, weights: Any) -> Any:
        before = self.linear(x, weights, "feed_forward.linear1")
        return self.linear(before * (before > 0), weights, "feed_forward.linear2")

    def linear(self, x: Any, weights: Any, name: str) -> Any:
        return x @ self.xp.swapaxes(weights[f"{name}.weight"], 0, 1) + weights[f"{name}.bias"]

    def residual(self, x: Any, sublayer: Any, weights: Any, norm: str) -> Any:
        return self.normalise(self.add(x, self.dropout(sublayer(x))), weights, norm)

    def add(self, x: Any, update: Any) -> Any:
        return x + update

    def normalise(self, x: Any, weights: Any, norm: str) -> Any:
        return weights[f"{norm}.gamma"] * self.standardised(x) + weights[f"{norm}.beta"]

    def standardised(self, x: Any) -> Any:
        centred = x - x.mean(axis=-1, keepdims=True)
        return centred / ((centred * centred).mean(axis=-1, keepdims=True) + self.eps) ** 0.5

    def dropout(self, update: Any) -> Any:
        if not self.dropout_rate:
            return update
        return self.xp.nn.functional.dropout(update, self.dropout_rate, self.training)

    # the stack

    def encoder(self, x: Any, layers: Any, num_heads: int, mask: Any = None) -> Any:
        for weights in layers:
            x = self.encoder_layer(x, weights, num_heads, mask)
        return x

    # the modules of the PyTorch wing

    def layer_parts(self, module: Any, d_model: int, num_heads: int, d_ff: int) -> None:
        from transformer_ref.in_torch.encoder import EncoderLayer

        for name, made in EncoderLayer(d_model, num_heads, d_ff).named_children():
            setattr(module, name, made)

    def stack_parts(self, module: Any, make_layer: Any, num_layers: int, d_model: int) -> None:
        module.layers = self.xp.nn.ModuleList(make_layer() for _ in range(num_layers))

    def dropout_of_layers(self, dropout: float) -> float:
        return dropout

    def dropout_of_parts(self, dropout: float) -> float:
        return dropout

    # the backward pass

    def encoder_layer_backward(self, grad_output: Any, x: Any, weights: Any, num_heads: int, mask: Any = None) -> Any:
        attended = self.attend(x, weights, num_heads, mask)
        h = self.normalise(x + attended, weights, "residual1.norm")
        found: dict[str, Any] = {}
        through_norm = self.norm_back(grad_output, h + self.feed_forward(h, weights), weights, "residual2.norm", found)
        grad_h = self.joined(through_norm, self.feed_forward_back(through_norm, h, x, weights, found))
        through_norm = self.norm_back(
            self.handed_down(grad_h, grad_output), x + attended, weights, "residual1.norm", found
        )
        grad_x = self.joined(through_norm, self.attention_back(through_norm, x, weights, num_heads, mask, found))
        return grad_x, self.named(found, weights)

    def norm_back(self, grad: Any, summed: Any, weights: Any, norm: str, found: dict[str, Any]) -> Any:
        from transformer_ref.in_numpy.layer_norm import layer_norm_backward

        gamma = weights[f"{norm}.gamma"]
        grad_sum, found[f"{norm}.gamma"], found[f"{norm}.beta"] = layer_norm_backward(grad, summed, gamma)
        return grad_sum

    def feed_forward_back(self, grad: Any, h: Any, x: Any, weights: Any, found: dict[str, Any]) -> Any:
        from transformer_ref.in_numpy.feed_forward import feed_forward_backward

        grad_h, of_weights = feed_forward_backward(grad, h, part(weights, "feed_forward"))
        found.update({f"feed_forward.{name}": gradient for name, gradient in of_weights.items()})
        return grad_h

    def attention_back(self, grad: Any, x: Any, weights: Any, num_heads: int, mask: Any, found: dict[str, Any]) -> Any:
        from transformer_ref.in_numpy.attention import multi_head_attention_backward

        own = part(weights, "self_attention")
        *of_inputs, of_weights = multi_head_attention_backward(grad, x, x, x, own, num_heads, mask)
        found.update({f"self_attention.{name}": gradient for name, gradient in of_weights.items()})
        return self.all_three(*of_inputs)

    def all_three(self, of_q: Any, of_k: Any, of_v: Any) -> Any:
        return of_q + of_k + of_v

    def joined(self, direct: Any, through_sublayer: Any) -> Any:
        return direct + through_sublayer

    def handed_down(self, grad_h: Any, grad_output: Any) -> Any:
        return grad_h

    def named(self, found: dict[str, Any], weights: Any) -> dict[str, Any]:
        return found


class KeepsAttended(Layers):
    """Remembers in `self.attended` what attention returned in each layer, before it is added to x."""

    attended: list[Any]

    def encoder_layer(self, x: Any, weights: Any, num_heads: int, mask: Any = None) -> Any:
        self.attended = []
        return super().encoder_layer(x, weights, num_heads, mask)

    def attend(self, x: Any, weights: Any, num_heads: int, mask: Any) -> Any:
        self.attended.append(super().attend(x, weights, num_heads, mask))
        return self.attended[-1]
