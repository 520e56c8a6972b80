"""The right steps of attention, for both wings.

`Attention` does unit 2 in small steps on NumPy arrays and on tensors alike: `self.xp` is the library, `self.dropout` a
function. A misconception overrides one step, and its docstring is the sentence that the student reads. The backward
steps use no forward step, so that no mistake in one looks like a mistake in the other.
"""

import math
from types import ModuleType
from typing import Any

import numpy as np

EXERCISES = (
    *("softmax", "scaled_dot_product_attention", "causal_mask", "padding_mask", "multi_head_attention"),
    *("softmax_backward", "scaled_dot_product_attention_backward", "multi_head_attention_backward"),
)


class Attention:
    """Unit 2 in steps."""

    xp: ModuleType
    dropout_rate = 0.0
    training = False
    default_dropout = 0.0

    def __init__(
        self,
        xp: ModuleType,
        dropout_rate: float = 0.0,
        training: bool = False,
        remembered: dict[str, Any] | None = None,
    ) -> None:
        self.xp, self.dropout_rate, self.training = xp, dropout_rate, training
        self.remembered = {} if remembered is None else remembered  # what a module keeps from one call to the next

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {name: getattr(cls(np), name) for name in EXERCISES}
        from instructor.misconceptions.attention.modules import modules

        return modules(cls)

    # softmax

    def softmax(self, x: Any, axis: int = -1) -> Any:
        exponentials = self.xp.exp(self.shifted(x, axis))
        return exponentials / self.total(exponentials, axis)

    def shifted(self, x: Any, axis: int) -> Any:
        return x - self.xp.amax(x, axis=axis, keepdims=True)

    def total(self, exponentials: Any, axis: int) -> Any:
        return exponentials.sum(axis=axis, keepdims=True)

    # scaled dot-product attention

    def scaled_dot_product_attention(self, q: Any, k: Any, v: Any, mask: Any = None) -> Any:
        scores = self.scale(self.scores(q, k), q, k, v)
        attention_weights = self.weights(scores, mask)
        return self.combine(self.dropout(attention_weights), v, k), attention_weights

    def scores(self, q: Any, k: Any) -> Any:
        return q @ self.xp.swapaxes(k, -1, -2)

    def scale(self, scores: Any, q: Any, k: Any, v: Any) -> Any:
        return scores / math.sqrt(q.shape[-1])

    def weights(self, scores: Any, mask: Any) -> Any:
        return self.over_keys(self.hide(scores, mask))

    def over_keys(self, scores: Any) -> Any:
        return self.softmax(scores, -1)

    def hide(self, scores: Any, mask: Any) -> Any:
        return scores if mask is None else self.fill(scores, mask, -1e30)

    def fill(self, scores: Any, mask: Any, value: float) -> Any:
        return self.xp.where(mask, scores, value)

    def dropout(self, weights: Any) -> Any:
        if not self.dropout_rate:
            return weights
        return self.xp.nn.functional.dropout(weights, self.dropout_rate, self.training)

    def combine(self, weights: Any, v: Any, k: Any) -> Any:
        return weights @ v

    # masks

    def causal_mask(self, num_tokens: int) -> Any:
        return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))

    def padding_mask(self, token_ids: Any, pad_id: int = 0) -> Any:
        return (token_ids != pad_id)[:, None, None, :]

    # multi-head attention

    def multi_head_attention(self, q: Any, k: Any, v: Any, weights: Any, num_heads: int, mask: Any = None) -> Any:
        q, k, v = self.project_all(q, k, v, weights)
        q, k, v = self.split_all(q, k, v, num_heads)
        output, attention_weights = self.attend(q, k, v, self.passed_on(mask, num_heads))
        return self.project_out(self.merge(output), weights), attention_weights

    def project_all(self, q: Any, k: Any, v: Any, weights: Any) -> Any:
        return self.project(q, weights, "w_q"), self.project(k, weights, "w_k"), self.project(v, weights, "w_v")

    def project(self, x: Any, weights: Any, name: str) -> Any:
        return x @ self.xp.swapaxes(weights[f"{name}.weight"], 0, 1) + weights[f"{name}.bias"]

    def split_all(self, q: Any, k: Any, v: Any, num_heads: int) -> Any:
        return self.split(q, num_heads), self.split(k, num_heads), self.split(v, num_heads)

    def split(self, x: Any, num_heads: int) -> Any:
        batch, tokens, d_model = x.shape
        return self.xp.swapaxes(x.reshape(batch, tokens, num_heads, d_model // num_heads), 1, 2)

    def passed_on(self, mask: Any, num_heads: int) -> Any:
        return mask

    def attend(self, q: Any, k: Any, v: Any, mask: Any) -> Any:
        return self.scaled_dot_product_attention(q, k, v, mask)

    def merge(self, output: Any) -> Any:
        batch, heads, tokens, d_k = output.shape
        return self.xp.swapaxes(output, 1, 2).reshape(batch, tokens, heads * d_k)

    def project_out(self, merged: Any, weights: Any) -> Any:
        return self.project(merged, weights, "w_o")

    # the module of the PyTorch wing

    def require_divisible(self, d_model: int, num_heads: int) -> None:
        if d_model % num_heads:
            raise ValueError("d_model must be divisible by num_heads")

    def parameters(self, module: Any, d_model: int, num_heads: int) -> None:
        for name in ("w_q", "w_k", "w_v", "w_o"):
            setattr(module, name, self.xp.nn.Linear(d_model, d_model))

    # backward, in NumPy

    def softmax_backward(self, grad_output: Any, output: Any, axis: int = -1) -> Any:
        return output * (grad_output - self.common(grad_output, output, axis))

    def common(self, grad_output: Any, output: Any, axis: int) -> Any:
        return (output * grad_output).sum(axis=axis, keepdims=True)

    def scaled_dot_product_attention_backward(self, grad_output: Any, q: Any, k: Any, v: Any, mask: Any = None) -> Any:
        weights = self.weights_again(q, k, mask)
        grad_scores = self.into_scores(grad_output @ v.swapaxes(-1, -2), weights, mask)
        return self.into_q(grad_scores, k), self.into_k(grad_scores, q), self.into_v(weights, grad_output)

    def weights_again(self, q: Any, k: Any, mask: Any) -> Any:
        scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
        powers = self.powers(scores if mask is None else self.hidden_again(scores, mask))
        return powers / powers.sum(axis=-1, keepdims=True)

    def powers(self, scores: Any) -> Any:
        return np.exp(scores - scores.max(axis=-1, keepdims=True))

    def hidden_again(self, scores: Any, mask: Any) -> Any:
        return np.where(mask, scores, -1e30)

    def into_scores(self, grad_weights: Any, weights: Any, mask: Any) -> Any:
        return self.softmax_backward(grad_weights, weights)

    def into_q(self, grad_scores: Any, k: Any) -> Any:
        return grad_scores @ k / math.sqrt(k.shape[-1])

    def into_k(self, grad_scores: Any, q: Any) -> Any:
        return grad_scores.swapaxes(-1, -2) @ q / math.sqrt(q.shape[-1])

    def into_v(self, weights: Any, grad_output: Any) -> Any:
        return weights.swapaxes(-1, -2) @ grad_output

    def multi_head_attention_backward(
        self, grad_output: Any, q: Any, k: Any, v: Any, weights: Any, num_heads: int, mask: Any = None
    ) -> Any:
        inputs = {"w_q": q, "w_k": k, "w_v": v}
        q, k, v = (self.cut(self.map_again(x, weights, name), num_heads) for name, x in inputs.items())
        side_by_side = self.join(self.weights_again(q, k, mask) @ v)
        gradients = self.of_map("w_o", grad_output, side_by_side)
        grad_heads = self.cut_gradient(self.through_output(grad_output, weights), num_heads)
        grad_inputs = []
        all_three = Attention.scaled_dot_product_attention_backward(self, grad_heads, q, k, v, mask)
        for (name, x), grad_head in zip(inputs.items(), all_three, strict=True):
            grad = self.join_gradient(grad_head)
            gradients |= self.of_map(name, grad, x)
            grad_inputs.append(self.through_map(grad, weights, name))
        return self.all_returned(grad_inputs, gradients, weights)

    def map_again(self, x: Any, weights: Any, name: str) -> Any:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def cut(self, x: Any, num_heads: int) -> Any:
        batch, tokens, d_model = x.shape
        return x.reshape(batch, tokens, num_heads, d_model // num_heads).swapaxes(1, 2)

    def join(self, x: Any) -> Any:
        batch, heads, tokens, d_k = x.shape
        return x.swapaxes(1, 2).reshape(batch, tokens, heads * d_k)

    def cut_gradient(self, grad: Any, num_heads: int) -> Any:
        return self.cut(grad, num_heads)

    def join_gradient(self, grad: Any) -> Any:
        return self.join(grad)

    def through_output(self, grad_output: Any, weights: Any) -> Any:
        return self.through_map(grad_output, weights, "w_o")

    def through_map(self, grad: Any, weights: Any, name: str) -> Any:
        return grad @ weights[f"{name}.weight"]

    def of_map(self, name: str, grad: Any, x: Any) -> Any:
        return {f"{name}.weight": self.of_weight(grad, x), f"{name}.bias": self.of_bias(grad)}

    def of_weight(self, grad: Any, x: Any) -> Any:
        return np.einsum("bto,bti->oi", grad, x)

    def of_bias(self, grad: Any) -> Any:
        return grad.sum(axis=(0, 1))

    def all_returned(self, grad_inputs: Any, gradients: Any, weights: Any) -> Any:
        return *grad_inputs, gradients
