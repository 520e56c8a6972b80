"""The right steps of the decoder, for both wings.

`Decoding` does unit 6 in small steps on NumPy arrays and on tensors alike: `self.xp` is the library, `weights` a flat
dict with the names of the state dict. A misconception overrides one step, and its docstring is the sentence that the
student reads.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from instructor.misconceptions.attention.steps import Attention

EXERCISES = ("decoder_layer", "decoder", "decoder_layer_backward")


class Decoding:
    """Unit 6 in steps."""

    weights: dict[str, Any]
    num_heads: int
    gradients: dict[str, Any]
    eps = 1e-5

    def __init__(self, xp: ModuleType, rate: float = 0.0, training: bool = False) -> None:
        self.xp, self.rate, self.training = xp, rate, training

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {name: getattr(cls(np), name) for name in EXERCISES}
        from instructor.misconceptions.decoder.modules import modules

        return modules(cls)

    # one layer

    def decoder_layer(
        self, x: Any, memory: Any, weights: Any, num_heads: int, tgt_mask: Any = None, memory_mask: Any = None
    ) -> Any:
        self.weights, self.num_heads = weights, num_heads
        return self.layer(x, memory, tgt_mask, memory_mask)

    def layer(self, x: Any, memory: Any, tgt_mask: Any, memory_mask: Any) -> Any:
        h = self.residual(1, x, lambda x: self.own(x, memory, tgt_mask, memory_mask))
        c = self.residual(2, h, lambda h: self.cross(h, memory, tgt_mask, memory_mask))
        return self.residual(3, c, self.feed_forward)

    def own(self, x: Any, memory: Any, tgt_mask: Any, memory_mask: Any) -> Any:
        return self.attend("self_attention", x, x, x, tgt_mask)

    def cross(self, h: Any, memory: Any, tgt_mask: Any, memory_mask: Any) -> Any:
        return self.attend("cross_attention", h, memory, memory, memory_mask)

    def attend(self, name: str, q: Any, k: Any, v: Any, mask: Any) -> Any:
        return Attention(self.xp).multi_head_attention(q, k, v, self.part(name), self.num_heads, mask)[0]

    def feed_forward(self, x: Any) -> Any:
        weights = self.part("feed_forward")
        before = x @ self.xp.swapaxes(weights["linear1.weight"], 0, 1) + weights["linear1.bias"]
        return (before * (before > 0)) @ self.xp.swapaxes(weights["linear2.weight"], 0, 1) + weights["linear2.bias"]

    def residual(self, number: int, x: Any, sublayer: Callable) -> Any:
        return self.norm(number, x + self.dropout(sublayer(x)))

    def norm(self, number: int, x: Any) -> Any:
        return self.scaled(number, self.standardised(x))

    def scaled(self, number: int, standardised: Any) -> Any:
        weights = self.part(f"residual{number}.norm")
        return weights["gamma"] * standardised + weights["beta"]

    def standardised(self, x: Any) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        return centred / self.xp.sqrt(self.variance(centred) + self.eps)

    def variance(self, centred: Any) -> Any:
        return (centred * centred).mean(-1, keepdims=True)

    def dropout(self, y: Any) -> Any:
        return self.xp.nn.functional.dropout(y, self.rate, self.training) if self.xp is not np else y

    def part(self, name: str) -> dict[str, Any]:
        return {key.removeprefix(f"{name}."): w for key, w in self.weights.items() if key.startswith(f"{name}.")}

    # the stack

    def decoder(
        self, x: Any, memory: Any, layers: Any, num_heads: int, tgt_mask: Any = None, memory_mask: Any = None
    ) -> Any:
        for weights in layers:
            x = self.decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)
        return x

    # the modules of the PyTorch wing

    def parameters(self, module: Any, parts: dict[str, Any], d_model: int, num_heads: int, d_ff: int) -> None:
        module.self_attention = parts["MultiHeadAttention"](d_model, num_heads)
        module.cross_attention = parts["MultiHeadAttention"](d_model, num_heads)
        module.feed_forward = parts["FeedForward"](d_model, d_ff)
        for number in (1, 2, 3):
            setattr(module, f"residual{number}", parts["ResidualConnection"](d_model))

    def stack(
        self, module: Any, parts: dict[str, Any], layer: Callable[[], Any], num_layers: int, d_model: int
    ) -> None:
        module.layers = self.xp.nn.ModuleList(layer() for _ in range(num_layers))

    def rate_of_layer(self, dropout: float) -> float:
        return dropout

    def rate_of_stack(self, dropout: float) -> float:
        return dropout

    # the backward pass

    def decoder_layer_backward(
        self,
        grad_output: Any,
        x: Any,
        memory: Any,
        weights: Any,
        num_heads: int,
        tgt_mask: Any = None,
        memory_mask: Any = None,
    ) -> Any:
        self.weights, self.num_heads, self.gradients = weights, num_heads, {}
        attended = Decoding.attend(self, "self_attention", x, x, x, tgt_mask)
        h = self.norm_again(1, x + attended)
        crossed = Decoding.attend(self, "cross_attention", h, memory, memory, memory_mask)
        c = self.norm_again(2, h + crossed)
        grad_sum = self.norm_back(3, grad_output, c + Decoding.feed_forward(self, c), c)
        grad_c = self.join(3, grad_sum, self.feed_forward_back(grad_sum, h, c), grad_output)
        grad_sum = self.norm_back(2, grad_c, h + crossed, h)
        grad_h, grad_memory = self.cross_back(grad_sum, x, h, memory, memory_mask)
        grad_h = self.join(2, grad_sum, grad_h, grad_c)
        grad_sum = self.norm_back(1, grad_h, x + attended, x)
        grad_x = self.join(1, grad_sum, self.own_back(grad_sum, x, tgt_mask), grad_h)
        return self.handed_back(grad_x, grad_memory)

    def norm_again(self, number: int, x: Any) -> Any:
        from transformer_ref.in_numpy.layer_norm import layer_norm

        weights = self.part(f"residual{number}.norm")
        return layer_norm(x, weights["gamma"], weights["beta"])

    def norm_back(self, number: int, grad_output: Any, summed: Any, x: Any) -> Any:
        from transformer_ref.in_numpy.layer_norm import layer_norm_backward

        gamma = self.weights[f"residual{number}.norm.gamma"]
        grad_sum, *gradients = layer_norm_backward(grad_output, summed, gamma)
        self.keep(f"residual{number}.norm", dict(zip(("gamma", "beta"), gradients, strict=True)))
        return grad_sum

    def join(self, number: int, grad_sum: Any, through_sublayer: Any, grad_output: Any) -> Any:
        return grad_sum + through_sublayer

    def feed_forward_back(self, grad_output: Any, h: Any, c: Any) -> Any:
        from transformer_ref.in_numpy.feed_forward import feed_forward_backward

        grad_c, gradients = feed_forward_backward(grad_output, c, self.part("feed_forward"))
        self.keep("feed_forward", gradients)
        return grad_c

    def cross_back(self, grad_output: Any, x: Any, h: Any, memory: Any, mask: Any) -> Any:
        grad_q, grad_k, grad_v = self.attend_back("cross_attention", grad_output, h, memory, memory, mask)
        return grad_q, self.of_memory(grad_k, grad_v)

    def own_back(self, grad_output: Any, x: Any, mask: Any) -> Any:
        return self.of_x(*self.attend_back("self_attention", grad_output, x, x, x, mask))

    def attend_back(self, name: str, grad_output: Any, q: Any, k: Any, v: Any, mask: Any) -> Any:
        from transformer_ref.in_numpy.attention import multi_head_attention_backward

        weights = self.part(name)
        *grads, gradients = multi_head_attention_backward(grad_output, q, k, v, weights, self.num_heads, mask)
        self.keep(name, gradients)
        return grads

    def of_x(self, grad_q: Any, grad_k: Any, grad_v: Any) -> Any:
        return grad_q + grad_k + grad_v

    def of_memory(self, grad_k: Any, grad_v: Any) -> Any:
        return grad_k + grad_v

    def keep(self, name: str, gradients: dict[str, Any]) -> None:
        self.gradients |= {f"{name}.{key}": gradient for key, gradient in gradients.items()}

    def handed_back(self, grad_x: Any, grad_memory: Any) -> Any:
        return grad_x, grad_memory, self.gradients
