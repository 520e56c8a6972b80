"""The steps of `misconceptions.training` as the module and the functions of the PyTorch wing."""

from typing import Any

import torch
from torch import nn

FUNCTIONS = ("train_step", "evaluate", "average_checkpoints", "train", "training_run")


def namespace(steps: type) -> dict[str, Any]:
    """Return the unit's nn.Module and its functions of PyTorch, computing with a class of steps."""
    own = steps(torch)

    class LabelSmoothingLoss(nn.Module):
        def __init__(self, epsilon=None, pad_id=None):
            super().__init__()
            self.epsilon, self.pad_id = epsilon, pad_id

        def forward(self, logits, labels):
            return own.smoothed_loss(logits, labels, self.epsilon, self.pad_id)

    return {"LabelSmoothingLoss": LabelSmoothingLoss} | {name: getattr(own, name) for name in FUNCTIONS}
