"""A model with which a decoding loop is tested: it knows what to say, and it notes how it is treated."""

from typing import Any

import torch
from torch import Tensor, nn


class Part(nn.Module):
    """A part of the model, which has a mode of its own."""

    def __init__(self, seen: Any) -> None:
        super().__init__()
        self.seen = seen

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "training" and "seen" in self.__dict__:
            self.seen.facts["the mode in which its parts are left"] = _mode(value)


class Scripted(nn.Module):
    """What `arguments.ScriptedModel` describes.

    As in a real model, the logits at a position depend on the tokens up to it: as long as a row keeps to its script
    they are the written ones, and otherwise they belong to other tokens: to which, depends on the first id of the
    prefix. After a row's end it may hold anything.
    """

    src: Tensor
    path: Tensor
    ended: Tensor

    def __init__(self, script: Any, seen: Any) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.from_numpy(script.logits.copy()))
        self.register_buffer("src", torch.from_numpy(script.src.copy()))
        chosen = self.logits.detach().argmax(dim=-1).T
        self.register_buffer("path", torch.cat((torch.full_like(chosen[:, :1], script.bos_id), chosen), dim=1))
        self.register_buffer("ended", (self.path == script.eos_id).cumsum(dim=1) > 0)
        self.notes, self.seen, self.bos_id, self.encoded = script.notes, seen, script.bos_id, 0
        self.part = Part(seen) if "mode" in script.notes else nn.Identity()
        self.train(script.training)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "training" and "mode" in self.__dict__.get("notes", ()):
            self.seen.facts["the mode in which the model is left"] = _mode(value)

    def encode(self, src: Tensor) -> Tensor:
        """Return a memory (rows, tokens, 1) that belongs to these sentences."""
        self._note("encode")
        self.encoded += len(src)
        if "encodings" in self.notes:
            self.seen.facts["a sentence is encoded"] = "once" if self.encoded <= len(self.src) else "more than once"
        return src[..., None] * self.logits.new_ones(1)

    def decode(self, tgt: Tensor, memory: Tensor, src: Tensor) -> Tensor:
        """Return the logits (rows, tokens, vocabulary) for every position of `tgt`."""
        self._note("decode")
        last = len(self.logits) - 1
        steps = torch.arange(tgt.shape[1]).clamp(max=last)
        same = (src[:, None] == self.src).all(dim=-1)
        rows = same.int().argmax(dim=1)
        kept = (tgt == self.path[rows][:, steps]) | self.ended[rows][:, steps]
        known = same.any(dim=1) & (memory[..., 0] == src).all(dim=1)
        written = self.logits[steps][:, rows].transpose(0, 1)
        first = int(tgt[0, 0]) if tgt.numel() else self.bos_id
        others = written.roll(1 + (first - self.bos_id) % (written.shape[-1] - 1), dims=-1)
        return torch.where((kept.cumprod(dim=1).bool() & known[:, None])[..., None], written, others)

    def forward(self, *_: Any, **__: Any) -> None:
        """Refuse: a decoding loop encodes once and decodes many times."""
        raise TypeError("the model was called itself; call model.encode(src) and model.decode(tgt, memory, src)")

    def _note(self, method: str) -> None:
        facts = {"mode": f"the mode in which {method} is called", "gradients": f"{method} records gradients"}
        values = {"mode": _mode(self.training), "gradients": "yes" if torch.is_grad_enabled() else "no"}
        for note in facts.keys() & set(self.notes):
            if self.seen.facts.get(facts[note]) not in ("training", "yes"):
                self.seen.facts[facts[note]] = values[note]


def _mode(training: bool) -> str:
    return "training" if training else "evaluation"
