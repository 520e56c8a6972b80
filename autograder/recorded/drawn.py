"""Inputs are not recorded but drawn again: what is recorded is what was asked of the draw."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.protocol.arguments import Array
from autograder.random_inputs import Draw

Asked = list[Any]  # "normal" or a method of NumPy's generator, its arguments, its keywords


class OtherNumbers(Exception):
    """This NumPy draws other numbers than the one that the record was made with."""


class NotingDraw(Draw):
    """Draws, and notes what it was asked for and what it gave."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self.asked: list[Asked] = []
        self.gave: list[Any] = []
        self.silent = self.generator
        self.generator = _NotingGenerator(self)  # type: ignore[assignment]

    def normal(self, *shape: int, scale: float = 1.0, dtype: str = "float64") -> Array:
        """As Draw.normal; it is one request."""
        noting, self.generator = self.generator, self.silent
        given = super().normal(*shape, scale=scale, dtype=dtype)
        self.generator = noting
        self.note(["normal", list(shape), {"scale": scale, "dtype": dtype}], given)
        return given

    def note(self, asked: Asked, given: Any) -> None:
        """Keep a request and what was given."""
        self.asked.append(asked)
        self.gave.append(np.array(given))


class _NotingGenerator:
    def __init__(self, draw: NotingDraw) -> None:
        self.draw = draw

    def __getattr__(self, name: str) -> Any:
        def noted(*arguments: Any, **keywords: Any) -> Any:
            given = getattr(self.draw.silent, name)(*arguments, **keywords)
            self.draw.note([name, list(arguments), keywords], given)
            return given

        return noted


def draw_again(seed: str, asked: Sequence[Asked], digest: str) -> list[Array]:
    """What a draw gave when it was asked for these. Raises OtherNumbers."""
    draw = Draw(seed)
    gave = []
    for name, arguments, keywords in asked:
        if name == "normal":
            gave.append(draw.normal(*arguments, **keywords))
        else:
            gave.append(np.array(getattr(draw.generator, name)(*arguments, **keywords)))
    if digest_of(gave) != digest:
        raise OtherNumbers(
            f"NumPy {np.__version__} draws other numbers than the course's: install what requirements.txt says"
        )
    return gave


def digest_of(arrays: Sequence[Array]) -> str:
    """A short digest of all numbers."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)).hexdigest()[:12]
