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
