import numpy as np
import torch
from torch import nn


class LabelSmoothingLoss(nn.Module):
    def __init__(self, epsilon=0.1, pad_id=0):
        super().__init__()
        self.epsilon, self.pad_id = epsilon, pad_id

    def forward(self, logits, labels):
        log_p = torch.log_softmax(logits, dim=-1)
        of_label = log_p.gather(-1, labels[..., None])[..., 0]
        losses = -(1 - self.epsilon) * of_label - self.epsilon * log_p.mean(dim=-1)
        return losses[labels != self.pad_id].mean()


def average_checkpoints(state_dicts):
    average = dict(state_dicts[-1])
    for name, last in average.items():
        if last.is_floating_point():
            all_of_them = torch.stack([state[name] for state in state_dicts])
            average[name] = all_of_them.double().mean(dim=0).to(last.dtype)
    return average


def learning_rate(step, d_model, warmup_steps=4000):
    if step < 1:
        raise ValueError("steps count from 1")
    return d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5)


def train_step(model, optimizer, loss_function, src, tgt, max_norm=1.0):
    model.train()
    optimizer.zero_grad()
    logits = model(src, tgt[:, :-1])
    loss = loss_function(logits, tgt[:, 1:])
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    return loss.item()


def train(model, batches, steps, warmup_steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
    loss_function = LabelSmoothingLoss()
    losses = []
    for step in range(1, steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, model.output.in_features, warmup_steps)
        src, tgt = batches[(step - 1) % len(batches)]
        losses.append(train_step(model, optimizer, loss_function, src, tgt))
    return losses


def teacher_forcing(tgt):
    return tgt[:, :-1], tgt[:, 1:]


def log_softmax(logits):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def cross_entropy(logits, labels, pad_id=0):
    log_p = log_softmax(logits)
    picked = np.take_along_axis(log_p, labels[..., None], axis=-1)[..., 0]
    words = labels != pad_id
    return float(-picked[words].mean())


def label_smoothing_loss(logits, labels, epsilon=0.1, pad_id=0):
    log_probs = log_softmax(logits)
    vocab = logits.shape[-1]
    q = (1 - epsilon) * np.eye(vocab)[labels] + epsilon / vocab
    loss = -(q * log_probs).sum(axis=-1)
    is_word = labels != pad_id
    return float((loss * is_word).sum() / is_word.sum())


def label_smoothing_loss_backward(logits, labels, epsilon=0.1, pad_id=0):
    p = np.exp(log_softmax(logits))
    size = logits.shape[-1]
    target = (1 - epsilon) * np.eye(size)[labels] + epsilon / size
    counted = labels != pad_id
    return (p - target) * counted[..., None] / counted.sum()


def adam_step(parameters, gradients, state, learning_rate, beta1=0.9, beta2=0.98, eps=1e-9):
    if state is None:
        state = {
            "t": 0,
            "m": {name: np.zeros_like(value) for name, value in parameters.items()},
            "v": {name: np.zeros_like(value) for name, value in parameters.items()},
        }
    t, m, v, new = state["t"] + 1, {}, {}, {}
    for name, gradient in gradients.items():
        m[name] = beta1 * state["m"][name] + (1 - beta1) * gradient
        v[name] = beta2 * state["v"][name] + (1 - beta2) * gradient**2
        m_hat = m[name] / (1 - beta1**t)
        v_hat = v[name] / (1 - beta2**t)
        new[name] = parameters[name] - learning_rate * m_hat / (np.sqrt(v_hat) + eps)
    return new, {"t": t, "m": m, "v": v}


def clip_gradients(gradients, max_norm):
    norm = float(np.sqrt(sum((g**2).sum() for g in gradients.values())))
    scale = min(1.0, max_norm / norm) if norm > 0 else 1.0
    return {name: scale * g for name, g in gradients.items()}, norm


def evaluate(model, batches, pad_id=0):
    was_training = model.training
    model.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for src, tgt in batches:
            decoder_input, labels = tgt[:, :-1], tgt[:, 1:]
            log_p = torch.log_softmax(model(src, decoder_input), dim=-1)
            picked = log_p.gather(-1, labels[..., None])[..., 0]
            real = labels != pad_id
            total -= picked[real].sum().item()
            count += real.sum().item()
    model.train(was_training)
    return total / count
