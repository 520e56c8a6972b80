"""Training, sections 5.3 and 5.4 of Vaswani et al. (2017), in NumPy: losses, the schedule, Adam, and the way back."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Float, Int

from transformer_ref.in_numpy.attention import causal_mask, padding_mask
from transformer_ref.in_numpy.decoder import decoder_layer, decoder_layer_backward
from transformer_ref.in_numpy.encoder import encoder_layer, encoder_layer_backward, named, part
from transformer_ref.in_numpy.feed_forward import linear_gradients
from transformer_ref.in_numpy.transformer import embedded

Array = np.ndarray
Weights = dict[str, Array]
Ids = TypeVar("Ids")


def teacher_forcing(tgt: Ids) -> tuple[Ids, Ids]:
    """(y₀ … yₙ₋₁), (y₁ … yₙ): the decoder reads all but the last column, and is to say all but the first.

    `tgt` (batch, tokens) begins with BOS; an array or a tensor. Both results are views of it.
    """
    return tgt[:, :-1], tgt[:, 1:]  # type: ignore[index]


def cross_entropy(
    logits: Float[Array, "batch tokens vocabulary"], labels: Int[Array, "batch tokens"], pad_id: int = 0
) -> float:
    """L = -mean log p(label), over the labels that are not `pad_id`."""
    return label_smoothing_loss(logits, labels, 0.0, pad_id)


def label_smoothing_loss(
    logits: Float[Array, "batch tokens vocabulary"],
    labels: Int[Array, "batch tokens"],
    epsilon: float = 0.1,
    pad_id: int = 0,
) -> float:
    """L = -mean Σ_c q_c log p_c, q = (1 - ε) onehot(label) + ε / V   (section 5.4), over all labels but `pad_id`."""
    losses = -(_smoothed(labels, logits.shape[-1], epsilon) * _log_softmax(logits)).sum(axis=-1)
    return float(losses[labels != pad_id].mean())


def label_smoothing_loss_backward(
    logits: Float[Array, "batch tokens vocabulary"],
    labels: Int[Array, "batch tokens"],
    epsilon: float = 0.1,
    pad_id: int = 0,
) -> Float[Array, "batch tokens vocabulary"]:
    """∂L/∂logits = (p - q) / number of labels, and exactly 0 where the label is `pad_id`."""
    is_word = labels != pad_id
    gradient = np.exp(_log_softmax(logits)) - _smoothed(labels, logits.shape[-1], epsilon)
    return np.where(is_word[..., None], gradient / is_word.sum(), 0.0)


def learning_rate(step: int, d_model: int, warmup_steps: int = 4000) -> float:
    """lrate = d_model^-0.5 · min(step^-0.5, step · warmup_steps^-1.5)   (eq. 3).

    Steps count from 1; raises ValueError for an earlier one.
    """
    if step < 1:
        raise ValueError(f"steps count from 1, and this is step {step}")
    return float(d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5))


def adam_step(
    parameters: Weights,
    gradients: Weights,
    state: dict | None,
    learning_rate: float,
    beta1: float = 0.9,
    beta2: float = 0.98,
    eps: float = 1e-9,
) -> tuple[Weights, dict]:
    """θ ← θ - lrate · m̂ / (√v̂ + ε) with m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ)   (section 5.3; Kingma and Ba, 2015).

    `state` is None before the first step, and then what the last step returned. Nothing is changed in place.
    """
    if state is None:
        zeros = {name: np.zeros_like(parameter) for name, parameter in parameters.items()}
        state = {"step": 0, "means": zeros, "squares": zeros}
    step = state["step"] + 1
    means = {name: beta1 * m + (1 - beta1) * gradients[name] for name, m in state["means"].items()}
    squares = {name: beta2 * v + (1 - beta2) * gradients[name] ** 2 for name, v in state["squares"].items()}
    updated = {
        name: parameter
        - learning_rate * means[name] / (1 - beta1**step) / (np.sqrt(squares[name] / (1 - beta2**step)) + eps)
        for name, parameter in parameters.items()
    }
    return updated, {"step": step, "means": means, "squares": squares}


def clip_gradients(gradients: Weights, max_norm: float) -> tuple[Weights, float]:
    """g ← g · min(1, max_norm / ‖g‖), with one norm ‖g‖ over all gradients together; returns it as it was before."""
    norm = float(np.sqrt(sum((gradient**2).sum() for gradient in gradients.values())))
    factor = max_norm / norm if norm > max_norm else 1.0
    return {name: gradient * factor for name, gradient in gradients.items()}, norm


def transformer_backward(
    grad_logits: Float[Array, "batch tgt_tokens tgt_vocab_size"],
    src: Int[Array, "batch src_tokens"],
    tgt: Int[Array, "batch tgt_tokens"],
    weights: Weights,
    num_heads: int,
    num_layers: int,
    pad_id: int = 0,
) -> Weights:
    """∂L/∂weights of the whole model, from ∂L/∂logits: figure 1 walked from its top to its bottom."""
    src_mask = padding_mask(src, pad_id)
    tgt_mask = padding_mask(tgt, pad_id) & causal_mask(tgt.shape[1])
    encoders, decoders = (
        [part(weights, f"{stack}.layers.{number}") for number in range(num_layers)] for stack in ("encoder", "decoder")
    )
    inputs = _chained(embedded(src, weights, "src_embedding"), encoders, encoder_layer, num_heads, src_mask)
    inside = (inputs[-1], num_heads, tgt_mask, src_mask)
    outputs = _chained(embedded(tgt, weights, "tgt_embedding"), decoders, _decoder_layer, *inside)
    gradients = linear_gradients("output", grad_logits, outputs[-1])
    grad, grad_memory = grad_logits @ weights["output.weight"], np.zeros_like(inputs[-1])
    for number, layer in reversed(list(enumerate(decoders))):
        of_layer = decoder_layer_backward(grad, outputs[number], inputs[-1], layer, *inside[1:])
        grad, grad_memory = of_layer[0], grad_memory + of_layer[1]
        gradients |= named(of_layer[2], f"decoder.layers.{number}")
    for number, layer in reversed(list(enumerate(encoders))):
        grad_memory, of_weights = encoder_layer_backward(grad_memory, inputs[number], layer, num_heads, src_mask)
        gradients |= named(of_weights, f"encoder.layers.{number}")
    gradients |= _table_gradient("src_embedding.embedding.weight", grad_memory, src, weights)
    gradients |= _table_gradient("tgt_embedding.embedding.weight", grad, tgt, weights)
    return {name: gradients[name] for name in weights if name in gradients}


def _chained(x: Array, layers: list[Weights], layer: Callable[..., Array], *inside: Any) -> list[Array]:
    """What goes into each layer of a stack, and what comes out of the last one."""
    states = [x]
    for weights in layers:
        states.append(layer(states[-1], weights, *inside))
    return states


def _decoder_layer(x: Array, weights: Weights, memory: Array, *inside: Any) -> Array:
    return decoder_layer(x, memory, weights, *inside)


def _log_softmax(logits: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """log softmax(x) = x - log Σ exp x, over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _smoothed(
    labels: Int[Array, "batch tokens"], vocabulary: int, epsilon: float
) -> Float[Array, "batch tokens vocabulary"]:
    """q = (1 - ε) onehot(label) + ε / V."""
    return (1 - epsilon) * np.eye(vocabulary)[labels] + epsilon / vocabulary


def _table_gradient(
    name: str, grad: Float[Array, "batch tokens d_model"], ids: Int[Array, "batch tokens"], weights: Weights
) -> Weights:
    """∂L/∂E of E[ids] √d_model: a repeated id collects the gradients of all its places."""
    table = np.zeros_like(weights[name])
    np.add.at(table, ids, grad * np.sqrt(table.shape[1]))
    return {name: table}
