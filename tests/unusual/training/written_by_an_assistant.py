"""As an assistant writes it: careful, typed, with helpers and checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


def teacher_forcing(tgt: Any) -> tuple[Any, Any]:
    """Shift the target by one."""
    if tgt.ndim != 2:
        raise ValueError(f"expected (batch, tokens), got {tgt.ndim} axes")
    decoder_input = tgt[:, 0:-1]
    labels = tgt[:, 1:]
    assert decoder_input.shape == labels.shape
    return decoder_input, labels


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    maximum = np.max(logits, axis=-1, keepdims=True)
    stabilised = logits - maximum
    return stabilised - np.log(np.sum(np.exp(stabilised), axis=-1, keepdims=True))


def cross_entropy(logits: np.ndarray, labels: np.ndarray, pad_id: int = 0) -> float:
    """Mean negative log-likelihood of the labels that are not padding."""
    return label_smoothing_loss(logits, labels, epsilon=0.0, pad_id=pad_id)


def label_smoothing_loss(logits: np.ndarray, labels: np.ndarray, epsilon: float = 0.1, pad_id: int = 0) -> float:
    """Cross-entropy against the smoothed target."""
    log_probs = _log_softmax(logits)
    nll = -np.take_along_axis(log_probs, np.expand_dims(labels, -1), axis=-1).squeeze(-1)
    uniform = -log_probs.mean(axis=-1)
    mask = labels != pad_id
    loss = (1.0 - epsilon) * nll + epsilon * uniform if epsilon > 0 else nll
    return float(np.where(mask, loss, 0.0).sum() / mask.sum())


def label_smoothing_loss_backward(
    logits: np.ndarray, labels: np.ndarray, epsilon: float = 0.1, pad_id: int = 0
) -> np.ndarray:
    """Gradient of the smoothed loss."""
    grad = np.exp(_log_softmax(logits))
    grad -= epsilon / logits.shape[-1]
    batch_index, token_index = np.indices(labels.shape)
    grad[batch_index, token_index, labels] -= 1.0 - epsilon
    mask = (labels != pad_id)[..., np.newaxis]
    return grad * mask / mask.sum()


class LabelSmoothingLoss(nn.Module):
    """Label smoothing with a fixed padding id."""

    def __init__(self, epsilon: float = 0.1, pad_id: int = 0) -> None:
        super().__init__()
        if not 0.0 <= epsilon < 1.0:
            raise ValueError("epsilon must be in [0, 1)")
        self.epsilon = epsilon
        self.pad_id = pad_id

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        vocab_size = logits.size(-1)
        logits = logits.reshape(-1, vocab_size)
        labels = labels.reshape(-1)
        log_probs = torch.log_softmax(logits, dim=-1)
        with torch.no_grad():
            target = torch.full_like(log_probs, self.epsilon / vocab_size)
            target.scatter_add_(1, labels.unsqueeze(1), torch.full_like(log_probs[:, :1], 1.0 - self.epsilon))
            target[labels == self.pad_id] = 0.0
        num_tokens = labels.ne(self.pad_id).sum()
        return -(target * log_probs).sum() / num_tokens


def learning_rate(step: int, d_model: int, warmup_steps: int = 4000) -> float:
    """The schedule of equation (3)."""
    if step < 1:
        raise ValueError(f"step must be at least 1, got {step}")
    arg1 = step**-0.5
    arg2 = step * (warmup_steps**-1.5)
    return (d_model**-0.5) * min(arg1, arg2)


@dataclass
class AdamState:
    step: int = 0
    m: dict[str, np.ndarray] = field(default_factory=dict)
    v: dict[str, np.ndarray] = field(default_factory=dict)


def adam_step(
    parameters: dict[str, np.ndarray],
    gradients: dict[str, np.ndarray],
    state: AdamState | None,
    learning_rate: float,
    beta1: float = 0.9,
    beta2: float = 0.98,
    eps: float = 1e-9,
) -> tuple[dict[str, np.ndarray], AdamState]:
    """One update of Adam."""
    previous = state if state is not None else AdamState()
    new = AdamState(step=previous.step + 1)
    updated: dict[str, np.ndarray] = {}
    for name, param in parameters.items():
        grad = gradients[name]
        m = beta1 * previous.m.get(name, np.zeros_like(param)) + (1.0 - beta1) * grad
        v = beta2 * previous.v.get(name, np.zeros_like(param)) + (1.0 - beta2) * np.square(grad)
        m_hat = m / (1.0 - beta1**new.step)
        v_hat = v / (1.0 - beta2**new.step)
        updated[name] = param - learning_rate * m_hat / (np.sqrt(v_hat) + eps)
        new.m[name], new.v[name] = m, v
    return updated, new


def clip_gradients(gradients: dict[str, np.ndarray], max_norm: float) -> tuple[dict[str, np.ndarray], float]:
    """Clip by the global norm."""
    total_norm = float(np.sqrt(np.sum([np.sum(np.square(grad)) for grad in gradients.values()])))
    clip_coef = max_norm / (total_norm + 1e-6)
    if clip_coef < 1.0:
        return {name: grad * clip_coef for name, grad in gradients.items()}, total_norm
    return {name: np.array(grad) for name, grad in gradients.items()}, total_norm


def train_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_function: Any,
    src: Tensor,
    tgt: Tensor,
    max_norm: float = 1.0,
) -> float:
    """One optimisation step."""
    model.train()
    optimizer.zero_grad(set_to_none=True)
    decoder_input, labels = teacher_forcing(tgt)
    logits = model(src, decoder_input)
    loss: Tensor = loss_function(logits, labels)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    return loss.detach().item()


@torch.no_grad()
def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], pad_id: int = 0) -> float:
    """Token-level negative log-likelihood."""
    was_training = model.training
    model.eval()
    total_loss = 0.0
    total_tokens = 0
    try:
        for src, tgt in batches:
            decoder_input, labels = teacher_forcing(tgt)
            log_probs = torch.log_softmax(model(src, decoder_input), dim=-1)
            nll = -log_probs.gather(dim=-1, index=labels.unsqueeze(-1)).squeeze(-1)
            mask = labels != pad_id
            total_loss += nll.masked_fill(~mask, 0.0).sum().item()
            total_tokens += int(mask.sum().item())
    finally:
        model.train(was_training)
    return total_loss / max(total_tokens, 1)


def average_checkpoints(state_dicts: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Average the parameters of several checkpoints."""
    if not state_dicts:
        raise ValueError("need at least one state dict")
    averaged: dict[str, Tensor] = {}
    for key, reference in state_dicts[-1].items():
        if torch.is_floating_point(reference):
            stacked = torch.stack([state[key].to(torch.float64) for state in state_dicts], dim=0)
            averaged[key] = stacked.mean(dim=0).to(reference.dtype)
        else:
            averaged[key] = reference.clone()
    return averaged


def train(model: nn.Module, batches: list[tuple[Tensor, Tensor]], steps: int, warmup_steps: int) -> list[float]:
    """Train for a number of updates."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9)
    criterion = LabelSmoothingLoss()
    history: list[float] = []
    for step in range(1, steps + 1):
        lr = learning_rate(step, model.output.in_features, warmup_steps)
        for param_group in optimizer.param_groups:
            param_group["lr"] = lr
        src, tgt = batches[(step - 1) % len(batches)]
        history.append(train_step(model, optimizer, criterion, src, tgt, max_norm=1.0))
    return history


def training_run(
    model: nn.Module,
    batches: list[tuple[Tensor, Tensor]],
    held_out: list[tuple[Tensor, Tensor]],
    epochs: int,
    warmup_steps: int,
) -> dict[str, float]:
    """Train for several epochs and keep a log of all losses."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
    d_model = model.output.in_features
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: learning_rate(n + 1, d_model, warmup_steps))
    criterion = LabelSmoothingLoss()
    log: dict[str, float] = {"epoch 0": evaluate(model, held_out)}
    global_step = 0
    for epoch in range(epochs):
        for src, tgt in batches:
            global_step += 1
            log[f"update {global_step}"] = train_step(model, optimizer, criterion, src, tgt, max_norm=1.0)
            scheduler.step()
        log[f"epoch {epoch + 1}"] = evaluate(model, held_out)
    return log
