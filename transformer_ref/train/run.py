"""One run: a model, its optimizer and its data; it goes on from a checkpoint as if it had never stopped."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import nn

from transformer_ref.in_torch.training import LabelSmoothingLoss, evaluate, train_step
from transformer_ref.in_torch.transformer import Transformer, greedy_decode
from transformer_ref.train.ablation import ABLATIONS, step_without_shift
from transformer_ref.train.batches import endless, numbered, padded
from transformer_ref.train.tasks import BOS, EOS, PAD, Settings, Symbols, Task

Progress = Callable[[int, float], None]
AT_ONCE = 250  # sentences


class Run:
    """A task on its way. `step` counts the updates that were made, `losses` holds one for each."""

    def __init__(self, task: Task, settings: Settings, seed: int, device: str = "cpu") -> None:
        torch.manual_seed(seed)
        self.task, self.settings, self.seed, self.device = task, settings, seed, device
        self.vocabularies = task.vocabularies(settings.shared)
        self.model = make_model(task, settings, self.vocabularies).to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.0, betas=(0.9, 0.98), eps=1e-9)
        self.ids = numbered(task.train, self.vocabularies)
        self.step, self.losses = 0, list[float]()

    def rate(self, step: int) -> float:
        """The learning rate: up in a straight line to the end of the warm-up, down in another to 0."""
        left = (self.settings.steps - step) / max(1, self.settings.steps - self.settings.warmup)
        return self.settings.rate * max(0.0, min(step / self.settings.warmup, left, 1.0))

    def train(self, upto: int | None = None, progress: Progress | None = None, log: Path | None = None) -> None:
        """Make updates until `upto` are made, by default all. Each is a line of JSON in the file `log`."""
        loss_function, started = LabelSmoothingLoss(pad_id=PAD), time.monotonic()
        make_step = step_without_shift if "shift" in self.settings.without else train_step
        batches = islice(endless(self.ids, self.settings.tokens_per_batch, self.seed), self.step, None)
        while self.step < (self.settings.steps if upto is None else upto):
            self.step += 1
            for group in self.optimizer.param_groups:
                group["lr"] = self.rate(self.step)
            src, tgt = (ids.to(self.device) for ids in next(batches))
            self.losses.append(make_step(self.model, self.optimizer, loss_function, src, tgt))
            if log:
                line = {"step": self.step, "loss": self.losses[-1], "rate": self.rate(self.step)}
                _append(log, line | {"seconds": round(time.monotonic() - started, 3)})
            if progress:
                progress(self.step, self.losses[-1])

    def say(self, sources: list[Symbols]) -> list[Symbols]:
        """What the model makes of sources, greedily."""
        symbols = {number: symbol for symbol, number in self.vocabularies[1].items()}
        said: list[Symbols] = []
        longest = self.model.positional_encoding.table.shape[0] - 1
        for start in range(0, len(sources), AT_ONCE):
            ids = numbered([(source, []) for source in sources[start : start + AT_ONCE]], self.vocabularies)
            rows = greedy_decode(self.model, padded(ids)[0].to(self.device), BOS, EOS, longest, PAD)
            said += [[symbols[i] for i in _until_end(row)] for row in rows.tolist()]
        return said

    def measured(self) -> dict[str, float]:
        """The scores on what was never seen, and the loss of a label there."""
        scores = self.task.measure(self.say([source for source, _ in self.task.unseen]), self.task.answers)
        unseen = numbered(self.task.unseen, self.vocabularies)
        batches = [padded(unseen[start : start + AT_ONCE]) for start in range(0, len(unseen), AT_ONCE)]
        on_device = [(src.to(self.device), tgt.to(self.device)) for src, tgt in batches]
        return scores | {"loss of a label": evaluate(self.model, on_device, PAD)}

    def last_loss(self, steps: int = 50) -> float:
        """The mean smoothed loss of the last updates, in training."""
        last = self.losses[-steps:]
        return sum(last) / len(last)

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": torch.get_rng_state(),
        }
        own = {"step": self.step, "losses": self.losses, "seed": self.seed, "settings": asdict(self.settings)}
        partly = path.with_suffix(".part")
        torch.save(state | own, partly)
        partly.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint. Raises ValueError where it is one of another run."""
        state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        if (state["seed"], state["settings"]) != (self.seed, asdict(self.settings)):
            raise ValueError(f"{path} is a checkpoint with another seed or other settings: say the same, or begin anew")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.losses = state["step"], state["losses"]
        torch.set_rng_state(state["random"].cpu())


def make_model(task: Task, settings: Settings, vocabularies: tuple[dict[str, int], dict[str, int]]) -> Transformer:
    """The reference's Transformer with small embeddings: so a token is not louder than its place.

    The first weights are the same, whatever is left out.
    """
    longest = 2 + max(len(side) for pair in task.train + task.unseen for side in pair)
    sizes = (settings.d_model, settings.num_heads, settings.num_layers, settings.d_ff, settings.dropout)
    model = Transformer(len(vocabularies[0]), len(vocabularies[1]), *sizes, longest, PAD)
    for name, parameter in model.named_parameters():
        if name.endswith("embedding.weight"):
            nn.init.normal_(parameter, std=settings.d_model**-0.5)
        elif parameter.dim() > 1:
            nn.init.xavier_uniform_(parameter)
    if settings.shared:
        model.tgt_embedding.embedding.weight = model.output.weight = model.src_embedding.embedding.weight
    for what in settings.without:
        ABLATIONS[what](model)
    return model


def parameters_of(model: nn.Module) -> int:
    """How many numbers are trained."""
    return sum(parameter.numel() for parameter in model.parameters())


def shown(task: Task, said: list[Symbols], count: int = 8) -> list[tuple[str, str, str]]:
    """Some unseen pairs with what was said, as text: source, said, right."""
    chosen = list(zip(task.unseen, said, strict=False))[:count]
    return [(task.source_text(a), task.target_text(one), task.target_text(b)) for (a, b), one in chosen]


def _until_end(row: list[int]) -> list[int]:
    return [i for i in row[: row.index(EOS) if EOS in row else len(row)] if i not in (PAD, BOS)]


def _append(log: Path, line: dict[str, int | float]) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
