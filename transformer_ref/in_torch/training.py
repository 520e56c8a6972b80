"""Training, sections 5.3, 5.4 and 6.1 of Vaswani et al. (2017), in PyTorch."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from transformer_ref.in_numpy.training import learning_rate, teacher_forcing

Batch = Sequence[Int[Tensor, "_ _"]]  # src and tgt, (batch, tokens) each
LossFunction = Callable[[Tensor, Tensor], Tensor]


class LabelSmoothingLoss(nn.Module):
    """L = -mean Σ_c q_c log p_c, q = (1 - ε) onehot(label) + ε / V   (section 5.4), over all labels but `pad_id`."""

    def __init__(self, epsilon: float = 0.1, pad_id: int = 0) -> None:
        super().__init__()
        self.epsilon, self.pad_id = epsilon, pad_id

    def forward(
        self, logits: Float[Tensor, "batch tokens vocabulary"], labels: Int[Tensor, "batch tokens"]
    ) -> Float[Tensor, ""]:
        """Return the mean loss of a label that is no padding."""
        log_p = logits.log_softmax(dim=-1)
        losses = (1 - self.epsilon) * -_log_likelihood(log_p, labels) - self.epsilon * log_p.mean(dim=-1)
        return losses[labels != self.pad_id].mean()


def train_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_function: LossFunction,
    src: Int[Tensor, "batch src_tokens"],
    tgt: Int[Tensor, "batch tgt_tokens"],
    max_norm: float = 1.0,
) -> float:
    """θ ← one step of the optimizer along ∂L/∂θ, clipped to the norm `max_norm`; returns L of before the step.

    The model is left in training mode.
    """
    model.train()
    optimizer.zero_grad()
    decoder_input, labels = teacher_forcing(tgt)
    loss = loss_function(model(src, decoder_input), labels)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    return loss.item()


@torch.no_grad()
def evaluate(model: nn.Module, batches: Sequence[Batch], pad_id: int = 0) -> float:
    """L = -Σ log p(label) / number of labels, over the labels of all batches that are no padding.

    Without dropout and without gradients; the model is left in the mode in which it came.
    """
    was_training = model.training
    model.eval()
    total, count = 0.0, 0
    for src, tgt in batches:
        decoder_input, labels = teacher_forcing(tgt)
        is_word = labels != pad_id
        log_p = model(src, decoder_input).log_softmax(dim=-1)
        total -= _log_likelihood(log_p, labels)[is_word].sum().item()
        count += int(is_word.sum())
    model.train(was_training)
    return total / count


def average_checkpoints(state_dicts: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """θ̄ = mean of θ⁽¹⁾ … θ⁽ⁿ⁾   (section 6.1), added up in float64; integers are those of the last."""
    return {
        name: torch.stack([state[name].double() for state in state_dicts]).mean(dim=0).to(last.dtype)
        if last.is_floating_point()
        else last
        for name, last in state_dicts[-1].items()
    }


def train(model: nn.Module, batches: Sequence[Batch], steps: int, warmup_steps: int) -> list[float]:
    """`steps` updates with Adam, the schedule of eq. 3 and label smoothing (sections 5.3 and 5.4); returns the losses.

    Goes round the list of batches as often as needed.
    """
    return list(islice(_updates(model, batches, warmup_steps), steps))


def training_run(
    model: nn.Module, batches: Sequence[Batch], held_out: Sequence[Batch], epochs: int, warmup_steps: int
) -> dict[str, float]:
    """Train for `epochs` rounds through all batches; returns a log: `"update 1"` is the loss of the first update.

    `"epoch 0"` is the loss on what is held out before the first epoch, `"epoch 1"` after it, as `evaluate` has it.
    """
    updates = _updates(model, batches, warmup_steps)
    log = {"epoch 0": evaluate(model, held_out)}
    for epoch in range(1, epochs + 1):
        for number in range(len(batches)):
            log[f"update {(epoch - 1) * len(batches) + number + 1}"] = next(updates)
        log[f"epoch {epoch}"] = evaluate(model, held_out)
    return log


def _updates(model: nn.Module, batches: Sequence[Batch], warmup_steps: int) -> Iterator[float]:
    """The losses of one update after the other, without end."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.0, betas=(0.9, 0.98), eps=1e-9)
    loss_function = LabelSmoothingLoss()
    for step in count(1):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, model.output.in_features, warmup_steps)  # type: ignore[union-attr, arg-type]
        src, tgt = batches[(step - 1) % len(batches)]
        yield train_step(model, optimizer, loss_function, src, tgt)


def _log_likelihood(
    log_p: Float[Tensor, "batch tokens vocabulary"], labels: Int[Tensor, "batch tokens"]
) -> Float[Tensor, "batch tokens"]:
    return log_p.gather(-1, labels[..., None])[..., 0]
