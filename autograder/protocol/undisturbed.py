"""The state of a process in which every probe finds the same, and which it leaves as it was."""

import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np

_keeping: list[None] = []  # an entry for every `random_numbers_kept` that is around


@contextmanager
def random_numbers_kept() -> Iterator[None]:
    """Afterwards the random numbers of Python and NumPy go on as if nothing had been.

    `undisturbed` does not see to it within this block: for each of some hundred probes it would take longer than most
    of them.
    """
    states = None if _keeping else (random.getstate(), np.random.get_state())
    _keeping.append(None)
    try:
        yield
    finally:
        _keeping.pop()
        if states:
            random.setstate(states[0])
            np.random.set_state(states[1])


@contextmanager
def undisturbed(library: str) -> Iterator[None]:
    """Random numbers that are the same every time, one thread, and PyTorch as it is when it has just been imported:
    gradients, default dtype and device. Afterwards everything is as it was."""
    with nullcontext() if _keeping else random_numbers_kept():
        random.seed(0)
        np.random.seed(0)
        with _pytorch_undisturbed() if library == "torch" else nullcontext():
            yield


@contextmanager
def _pytorch_undisturbed() -> Iterator[None]:
    import torch

    torch_state, threads = torch.get_rng_state(), torch.get_num_threads()
    dtype = torch.get_default_dtype()
    torch.default_generator.manual_seed(0)
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float32)
    try:
        with torch.enable_grad(), _on_the_cpu():
            yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_rng_state(torch_state)
        torch.set_num_threads(threads)


def _on_the_cpu() -> AbstractContextManager[Any]:
    """The CPU as the default device, where another one is, or one that is not there.

    A default that is set, even to the usual one, slows PyTorch down.
    """
    import torch

    try:
        is_usual = torch.get_default_device().type == "cpu"
    except Exception:  # of a device that this machine lacks
        is_usual = False
    return nullcontext() if is_usual else torch.device("cpu")
