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


KINDS = {kind.__name__: kind for kind in (Strided,)}
