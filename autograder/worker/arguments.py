"""Arguments of a call that are not plain data: each is described by data, and made on the side where it is used.

A class here is a frozen dataclass of plain data with a method `made(library, seen)`, which returns what the call is
given; `seen.facts` is where a made argument notes what was done to it. `library` is "numpy" or "torch".
"""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Strided:
    """An array that is not contiguous in memory: its last two axes are laid out the other way round."""

    array: np.ndarray

    def made(self, library: str, seen: Any) -> Any:
        """Return the array, or the tensor, in that layout."""
        array = np.ascontiguousarray(self.array.swapaxes(-1, -2)).swapaxes(-1, -2)
        if library == "numpy":
            return array
        import torch

        return torch.from_numpy(array)


@dataclass(frozen=True)
class ScriptedModel:
    """A translation model that says what is written: `logits[t, r]` (steps, rows, vocabulary) after t tokens in row r.

    `src` (rows, tokens) holds the sentences that it knows. It arrives in the mode `training`; `notes` says what of its
    treatment is noted: "mode", "gradients".
    """

    logits: np.ndarray
    src: np.ndarray
    bos_id: int
    eos_id: int
    training: bool = False
    notes: tuple[str, ...] = ()

    def made(self, library: str, seen: Any) -> Any:
        """Return the model, an nn.Module with `encode` and `decode`."""
        from autograder.worker.scripted import Scripted

        return Scripted(self, seen)


KINDS = {kind.__name__: kind for kind in (Strided, ScriptedModel)}
