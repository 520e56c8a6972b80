"""Arguments of a call that are not plain data: each is described by data, and made on the side where it is used.

A class here is a frozen dataclass of plain data with a method `make(library, seen)`, which returns what the call is
given; `seen.facts` is where a made argument notes what was done to it. `library` is "numpy" or "torch".
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Strided:
    """An array that is not contiguous in memory: its last two axes are laid out the other way round."""

    array: Array

    def make(self, library: str, seen: Any) -> Any:
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
    treatment is noted: "mode", "gradients", "encodings".
    """

    logits: Array
    src: Array
    bos_id: int
    eos_id: int
    training: bool = False
    notes: tuple[str, ...] = ()

    def make(self, library: str, seen: Any) -> Any:
        """Return the model, an nn.Module with `encode` and `decode`."""
        from autograder.protocol.scripted_model import Scripted

        return Scripted(self, seen)


@dataclass(frozen=True)
class Sublayer:
    """A sublayer to hand in: x ↦ tanh(x) W + b. Where `counted`, it notes how many times it was called."""

    weight: Array
    bias: Array
    counted: bool = False

    def make(self, library: str, seen: Any) -> Callable[[Any], Any]:
        """Return the function, of arrays or of tensors."""
        weight: Any = self.weight.copy()
        bias: Any = self.bias.copy()
        tanh: Callable[[Any], Any] = np.tanh
        if library == "torch":
            import torch

            weight, bias, tanh = torch.from_numpy(weight), torch.from_numpy(bias), torch.tanh
        calls = 0

        def sublayer(x: Any) -> Any:
            nonlocal calls
            calls += 1
            if self.counted:
                seen.facts["calls of the sublayer"] = str(calls)
            return tanh(x) @ weight + bias

        return sublayer


@dataclass(frozen=True)
class Merges:
    """Pairs of bytes, as `train_bpe` returns them; each symbol is written in Latin-1, one letter a byte."""

    pairs: list[list[str]]

    def make(self, library: str, seen: Any) -> list[tuple[bytes, bytes]]:
        """Return the list of pairs."""
        return [(first.encode("latin-1"), second.encode("latin-1")) for first, second in self.pairs]


@dataclass(frozen=True)
class NextLogProbs:
    """A language model to search in: `log_probs[t, state]` (steps, states, vocab) after t tokens behind the first.

    The state is the last id where `by_last`, and otherwise it depends on the whole prefix.
    """

    log_probs: Array
    by_last: bool = False

    def make(self, library: str, seen: Any) -> Callable[[Any], Array]:
        """Return the function of prefixes (number, tokens)."""
        log_probs = self.log_probs.copy()
        steps, states, _ = log_probs.shape

        def next_log_probs(prefixes: Any) -> Array:
            ids = np.asarray(prefixes)
            tokens = ids.shape[1]
            state = ids[:, -1] if self.by_last else (ids * (np.arange(tokens) + 2) ** 3).sum(axis=1) % states
            said: Array = log_probs[min(tokens - 1, steps - 1), state]
            return said

        return next_log_probs


@dataclass(frozen=True)
class Translator:
    """A whole model of `autograder.blocks` with these weights, in evaluation mode; `sizes` are its constructor's."""

    weights: dict[str, Array]
    sizes: dict[str, int]

    def make(self, library: str, seen: Any) -> Any:
        """Return the model, in float64."""
        import torch

        model = importlib.import_module("autograder.blocks").Transformer(**self.sizes).double().eval()
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(torch.from_numpy(self.weights[name]))
        return model


@dataclass(frozen=True)
class SmallModel:
    """A small translation model with these weights, which learns quickly; see `small_model.Small`.

    It arrives in the mode `training`, and with gradients from an earlier step where they are `stale`. `frozen` names a
    parameter that is not trained. `notes` says what of its
    treatment is noted: "mode", "gradients".
    """

    weights: dict[str, Array]
    training: bool = False
    stale: bool = False
    frozen: str = ""
    notes: tuple[str, ...] = ()

    def make(self, library: str, seen: Any) -> Any:
        """Return the model, an nn.Module."""
        from autograder.protocol.small_model import Small

        return Small(self, seen)


class Several(tuple[Any, ...]):
    """What a description makes that stands for several arguments in a row."""


@dataclass(frozen=True)
class ModelToTrain:
    """Three arguments in a row: the model, an optimizer of its parameters (its rates are those given), and a loss."""

    model: dict[str, Any]
    rates: tuple[float, ...] = (0.5,)

    def make(self, library: str, seen: Any) -> Any:
        """Return the model, the optimizer and the loss function."""
        from autograder.protocol.small_model import Small, make_optimizer, squared_distance

        model = Small(SmallModel(**self.model), seen)
        return Several((model, make_optimizer(model, self.rates), squared_distance))


@dataclass(frozen=True)
class Earlier:
    """What an earlier call has returned under this name, its label included, or was given: "first: argument 1"."""

    name: str


KINDS = {
    kind.__name__: kind
    for kind in (
        *(Strided, Sublayer, ScriptedModel, Merges, NextLogProbs, Translator),
        *(SmallModel, ModelToTrain, Earlier),
    )
}
