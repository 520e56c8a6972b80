"""The state of a process in which every probe finds the same, and which it leaves as it was."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def undisturbed(library: str) -> Iterator[None]:
    """Random numbers that are the same every time, one thread, and PyTorch as it is when it has just been imported:
    gradients, default dtype and device. Afterwards everything is as it was."""
    states = random.getstate(), np.random.get_state()
    random.seed(0)
    np.random.seed(0)
    if library != "torch":
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])
        return
    import torch

    torch_state, threads = torch.get_rng_state(), torch.get_num_threads()
    dtype, device = torch.get_default_dtype(), torch.get_default_device()
    torch.default_generator.manual_seed(0)
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float32)
    _set_default_device(torch.device("cpu"))
    try:
        with torch.enable_grad():
            yield
    finally:
        _set_default_device(device)
        torch.set_default_dtype(dtype)
        torch.set_rng_state(torch_state)
        torch.set_num_threads(threads)
        random.setstate(states[0])
        np.random.set_state(states[1])


def _set_default_device(device: Any) -> None:
    """Where it is another than now: a default that is set, even to the usual one, slows PyTorch down."""
    import torch

    if torch.get_default_device() != device:
        torch.set_default_device(None if device.type == "cpu" else device)
