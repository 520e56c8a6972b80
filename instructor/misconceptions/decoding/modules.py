"""The steps of `misconceptions.decoding` as the class of the PyTorch wing."""

from types import SimpleNamespace
from typing import Any

import torch

from instructor.misconceptions.decoding.steps import Decoding


def modules(steps: type[Decoding]) -> dict[str, Any]:
    """Return the unit's class, computing with a class of steps."""

    class CachedDecoder:
        def __init__(self, model):
            self.steps = steps(torch)
            self.state = SimpleNamespace(model=model)

        def start(self, src):
            self.steps.start(self.state, src)

        def step(self, tokens):
            return self.steps.step(self.state, tokens)

        def reorder(self, indices):
            self.steps.reorder(self.state, indices)

    return {"CachedDecoder": CachedDecoder}
