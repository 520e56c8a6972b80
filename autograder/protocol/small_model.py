"""A small translation model for the loops of training: it learns quickly, and it notes how it is treated."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

DIFFERENT_IN_TRAINING = 1.25


class Part(nn.Module):
    """What dropout would be, without its random numbers: in training everything is larger by a quarter."""

    def __init__(self, note: Any) -> None:
        super().__init__()
        self.note = note

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "training" and self.__dict__.get("note"):
            self.note("the mode in which its parts are left", _mode(value))

    def forward(self, x: Tensor) -> Tensor:
        """Return x, or in training something else."""
        return x * DIFFERENT_IN_TRAINING if self.training else x


class Small(nn.Module):
    """What `arguments.SmallModel` describes: logits[t] = (E[tgtₜ] + memory[t]) W + b, the memory that of this place.

    `pad_id` is 0. Its parts have the names that a Transformer has.
    """

    def __init__(self, described: Any, seen: Any) -> None:
        super().__init__()
        weights = {name: torch.from_numpy(array.copy()) for name, array in described.weights.items()}
        self.notes, self.seen, self.pad_id = tuple(described.notes), seen, 0
        sizes = {name: weights[f"{name}.weight"].shape for name in ("src_embedding", "tgt_embedding", "output")}
        self.src_embedding, self.tgt_embedding = (nn.Embedding(*sizes[f"{side}_embedding"]) for side in ("src", "tgt"))
        self.output = nn.Linear(sizes["output"][1], sizes["output"][0])
        self.dropout = Part(self._note if "mode" in self.notes else None)
        self.double().load_state_dict(weights)
        for name, parameter in self.named_parameters():
            parameter.requires_grad_(name != described.frozen)
            if described.stale and name != described.frozen:
                parameter.grad = torch.ones_like(parameter)
        self.train(described.training)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "training" and "mode" in self.__dict__.get("notes", ()):
            self._note("the mode in which the model is left", _mode(value))

    def encode(self, src: Tensor) -> Tensor:
        """Return the memory (batch, src_tokens, d_model)."""
        self._watch()
        memory: Tensor = self.src_embedding(src) * (src != self.pad_id)[..., None]
        return memory

    def decode(self, tgt: Tensor, memory: Tensor, src: Tensor) -> Tensor:
        """Return the logits (batch, tgt_tokens, vocabulary)."""
        self._watch()
        tokens, known = tgt.shape[1], min(tgt.shape[1], src.shape[1])
        empty = memory.new_zeros(len(memory), tokens - known, memory.shape[-1])
        seen = torch.cat((memory[:, :known], empty), dim=1)
        logits: Tensor = self.output(self.dropout(self.tgt_embedding(tgt) + seen))
        return logits

    def forward(self, src: Tensor, tgt: Tensor) -> Tensor:
        """Return the logits."""
        return self.decode(tgt, self.encode(src), src)

    @torch.no_grad()
    def say(self, src: Tensor) -> Tensor:
        """Decode greedily (batch, src_tokens), in evaluation, and note nothing more."""
        self.notes = ()
        self.dropout.note = None
        self.eval()
        tgt = torch.ones_like(src[:, :1])
        for _ in range(src.shape[1]):
            tgt = torch.cat((tgt, self(src, tgt)[:, -1:].argmax(dim=-1)), dim=1)
        return tgt[:, 1:]

    def _watch(self) -> None:
        """Note the mode and whether gradients are recorded, the worst of all calls."""
        found = {"mode": _mode(self.training), "gradients": "yes" if torch.is_grad_enabled() else "no"}
        names = {"mode": "the mode in which the model is called", "gradients": "the model records gradients"}
        for note in self.notes:
            name = names[note]
            earlier = self.seen.facts.get(name, found[note])
            self._note(name, found[note] if earlier == found[note] else "now this, now that")

    def _note(self, name: str, fact: str) -> None:
        self.seen.facts[name] = fact


def make_optimizer(model: nn.Module, rates: Sequence[float]) -> torch.optim.Optimizer:
    """Plain gradient descent, with as many groups of parameters as there are rates."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    groups = [{"params": parameters[i :: len(rates)], "lr": rate} for i, rate in enumerate(rates)]
    return torch.optim.SGD(groups, lr=0.0)


def squared_distance(logits: Tensor, labels: Tensor) -> Tensor:
    """A loss that is no answer: the mean squared distance of the logits to 3 at the label and 0 elsewhere."""
    return (logits - 3 * nn.functional.one_hot(labels, logits.shape[-1])).square().mean()


def _mode(training: bool) -> str:
    return "training" if training else "evaluation"
