"""The right steps of positional encoding, for both wings.

`Sinusoids` does unit 1 in small steps. The table is a NumPy array in both wings; what the module does with it are steps
on tensors. A misconception overrides one step, and its docstring is the sentence that the student reads.
"""

from typing import Any

import numpy as np


class Sinusoids:
    """Unit 1 in steps."""

    default_max_len = 5000
    default_dropout = 0.1

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {"positional_encoding": cls().positional_encoding}
        from instructor.misconceptions.positional_encoding.modules import modules

        return modules(cls)

    # the table

    def positional_encoding(self, num_positions: int, d_model: int) -> np.ndarray:
        return self.columns(self.angles(num_positions, d_model))

    def angles(self, num_positions: int, d_model: int) -> np.ndarray:
        return self.positions(num_positions)[:, None] * self.frequencies(d_model)

    def positions(self, num_positions: int) -> np.ndarray:
        return np.arange(num_positions, dtype=np.float64)

    def frequencies(self, d_model: int) -> np.ndarray:
        return self.base() ** -self.exponents(d_model)

    def base(self) -> float:
        return 10000.0

    def exponents(self, d_model: int) -> np.ndarray:
        return np.arange(0, d_model, 2) / d_model

    def columns(self, angles: np.ndarray) -> np.ndarray:
        return self.side_by_side(np.sin(angles), np.cos(angles))

    def side_by_side(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return np.stack([first, second], axis=-1).reshape(len(first), -1)

    # the module of the PyTorch wing; `rows` and `x` are tensors

    def table(self, max_len: int, d_model: int) -> Any:
        import torch

        return torch.from_numpy(self.positional_encoding(max_len, d_model)).float()

    def keep(self, module: Any, table: Any) -> None:
        module.register_buffer("table", table)

    def refuse(self, tokens: int, table: Any) -> None:
        if tokens > len(table):
            raise ValueError("more tokens than positions")

    def rows(self, x: Any, table: Any) -> Any:
        return table[: x.shape[1]]

    def forward(self, x: Any, rows: Any, p: float, training: bool) -> Any:
        return self.drop(self.add(x, rows), p, training)

    def add(self, x: Any, rows: Any) -> Any:
        return x + rows

    def drop(self, x: Any, p: float, training: bool) -> Any:
        from torch.nn import functional

        return functional.dropout(x, p, training)
