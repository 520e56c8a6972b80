"""What the figures show, in words: for screen readers, and where a notebook is shown as plain text."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

MOST_BARS = 12


def describe_maps(maps: Sequence[np.ndarray], titles: Sequence[str], row_label: str, column_label: str) -> str:
    """Matrices (rows, columns): their sizes, their largest numbers and where these are."""
    return " ".join(
        _describe_map(matrix, title, row_label, column_label) for matrix, title in zip(maps, titles, strict=True)
    )


def _describe_map(matrix: np.ndarray, title: str, row_label: str, column_label: str) -> str:
    rows, columns = matrix.shape
    size = f"{title}: {rows} by {columns} numbers"
    if not matrix.size:
        return f"{size}."
    row, column = divmod(int(np.nanargmax(np.abs(matrix))), columns)
    zeros = int((matrix == 0).sum())
    hidden = f", {zeros} of them 0" if zeros else ""
    return f"{size}{hidden}; the largest is {matrix[row, column]:.2f} ({row_label} {row}, {column_label} {column})."


def describe_lines(x: Sequence[float], panels: Mapping[str, Mapping[str, Any]], x_label: str) -> str:
    """Lines (points,) over x: where each begins and ends, and between which heights it stays."""
    said = []
    for title, lines in panels.items():
        for name, line in lines.items():
            y = np.asarray(line.detach().cpu() if hasattr(line, "detach") else line, dtype=float)
            ends = f"from {y[0]:.3g} at {x_label} {x[0]:.3g} to {y[-1]:.3g} at {x[-1]:.3g}"
            said.append(f"{title}, {name}: {ends}, between {np.nanmin(y):.3g} and {np.nanmax(y):.3g}.")
    return " ".join(said)


def describe_bars(panels: Mapping[str, Mapping[str, float]], unit: str = "") -> str:
    """Bars by name: the height of each, as far as they can be listed."""
    said = []
    for title, bars in panels.items():
        listed = [f"{name} {height:.3g} {unit}".rstrip() for name, height in list(bars.items())[:MOST_BARS]]
        more = f", and {len(bars) - MOST_BARS} more" if len(bars) > MOST_BARS else ""
        said.append(f"{title}: {', '.join(listed)}{more}.")
    return " ".join(said)
