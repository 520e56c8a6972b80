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
