"""One-hot vectors and einsum; floats of PyTorch's in NumPy's places; a class that is an optimizer."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def teacher_forcing(tgt):
    return tgt[..., :-1], tgt[..., 1:]


def log_p_of(logits):
    return logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)


def cross_entropy(logits, labels, pad_id=0):
    weight = (labels != pad_id) / np.count_nonzero(labels != pad_id)
    return -np.einsum("bt,btv,btv->", weight, np.eye(logits.shape[-1])[labels], log_p_of(logits))


def label_smoothing_loss(logits, labels, epsilon=0.1, pad_id=0):
    count = logits.shape[-1]
    q = np.where(np.arange(count) == labels[..., None], 1 - epsilon + epsilon / count, epsilon / count)
    losses = np.ma.masked_array(-np.einsum("btv,btv->bt", q, log_p_of(logits)), labels == pad_id)
    return losses.mean()


def label_smoothing_loss_backward(logits, labels, epsilon=0.1, pad_id=0):
    count, real = logits.shape[-1], (labels != pad_id).astype(float)
    q = np.where(np.arange(count) == labels[..., None], 1 - epsilon + epsilon / count, epsilon / count)
    return (np.exp(log_p_of(logits)) - q) * (real / real.sum())[..., None]


class LabelSmoothingLoss(nn.Module):
    def __init__(self, epsilon=0.1, pad_id=0):
        super().__init__()
        self.register_buffer("epsilon", torch.tensor(float(epsilon), dtype=torch.float64))
        self.pad_id = pad_id

    def forward(self, logits, labels):
        count, epsilon = logits.shape[-1], self.epsilon.to(logits.dtype)
        q = F.one_hot(labels, count) * (1 - epsilon) + epsilon / count
        q = q.masked_fill((labels == self.pad_id)[..., None], 0.0)
        return -torch.einsum("btv,btv->", q, F.log_softmax(logits, dim=-1)) / (labels != self.pad_id).sum()


def learning_rate(step, d_model, warmup_steps=4000):
    if not step >= 1:
        raise ValueError(step)
    return np.minimum(np.power(float(step), -0.5), step * np.power(float(warmup_steps), -1.5)) / np.sqrt(d_model)


class Adam:
    def __init__(self, t, means, squares):
        self.t, self.means, self.squares = t, means, squares


def adam_step(parameters, gradients, state, learning_rate, beta1=0.9, beta2=0.98, eps=1e-9):
    if state is None:
        state = Adam(0, dict.fromkeys(parameters, 0), dict.fromkeys(parameters, 0))
    means = {n: (1 - beta1) * g + beta1 * state.means[n] for n, g in gradients.items()}
    squares = {n: (1 - beta2) * g * g + beta2 * state.squares[n] for n, g in gradients.items()}
    state = Adam(state.t + 1, means, squares)
    scale = 1 / (1 - beta1**state.t), 1 / (1 - beta2**state.t)
    moved = {n: learning_rate * scale[0] * means[n] / ((scale[1] * squares[n]) ** 0.5 + eps) for n in parameters}
    return {n: p - moved[n] for n, p in parameters.items()}, state


def clip_gradients(gradients, max_norm):
    norms = [np.linalg.norm(np.ravel(g)) for g in gradients.values()]
    norm = np.hypot.reduce(norms)
    factor = 1.0 if norm == 0 else min(1.0, max_norm / norm)
    return {name: g * factor for name, g in gradients.items()}, norm


def train_step(model, optimizer, loss_function, src, tgt, max_norm=1.0):
    optimizer.zero_grad(set_to_none=False)
    model.train()
    reads, says = teacher_forcing(tgt)
    with torch.enable_grad():
        loss = loss_function(model(src, reads), says)
    trained = [p for p in model.parameters() if p.requires_grad]
    for parameter, gradient in zip(trained, torch.autograd.grad(loss, trained), strict=True):
        parameter.grad = gradient
    torch.nn.utils.clip_grad_norm_(trained, max_norm, norm_type=2)
    optimizer.step()
    return loss.tolist()


class Measuring:
    def __init__(self, model):
        self.model, self.mode, self.off = model, model.training, torch.no_grad()

    def __enter__(self):
        self.off.__enter__()
        self.model.eval()

    def __exit__(self, *problem):
        self.model.train(self.mode)
        self.off.__exit__(*problem)


def evaluate(model, batches, pad_id=0):
    sums = torch.zeros(2, dtype=torch.float64)
    with Measuring(model):
        for src, tgt in batches:
            reads, says = teacher_forcing(tgt)
            logits = model(src, reads)
            real = (says != pad_id).double()
            nats = torch.logsumexp(logits, -1) - (F.one_hot(says, logits.shape[-1]) * logits).sum(-1)
            sums += torch.stack([(nats * real).sum(), real.sum()])
    return (sums[0] / sums[1]).item()


def average_checkpoints(state_dicts):
    result = {}
    for state in state_dicts:
        for name, tensor in state.items():
            if tensor.dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
                result[name] = result.get(name, 0) + tensor.double() / len(state_dicts)
            else:
                result[name] = tensor
    return {name: tensor.to(state_dicts[0][name].dtype) for name, tensor in result.items()}


def train(model, batches, steps, warmup_steps):
    def endless():
        while True:
            yield from batches

    d_model, losses, source = model.output.in_features, [], endless()
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = float(learning_rate(step + 1, d_model, warmup_steps))
        losses.append(train_step(model, optimizer, LabelSmoothingLoss(), *next(source)))
    return losses


def training_run(model, batches, held_out, epochs, warmup_steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=0, betas=(0.9, 0.98), eps=1e-9)
    criterion = LabelSmoothingLoss()
    log = {}
    for number, (src, tgt) in enumerate(list(batches) * epochs):
        if number % len(batches) == 0:
            log[f"epoch {number // len(batches)}"] = evaluate(model, held_out)
        optimizer.param_groups[0]["lr"] = learning_rate(number + 1, model.output.in_features, warmup_steps)
        log[f"update {number + 1}"] = train_step(model, optimizer, criterion, src, tgt)
    log[f"epoch {epochs}"] = evaluate(model, held_out)
    return log
