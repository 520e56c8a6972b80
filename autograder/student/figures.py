"""The drawings of the lessons: each takes arrays or tensors, draws, shows the figure and returns nothing.

Figures have no background of their own, and their text reads on white and on black. What they show is also said in a
sentence, for who cannot see them.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from io import BytesIO
from typing import Any

import numpy as np

from autograder.student.alternative_texts import describe_bars, describe_lines, describe_maps

GREY = "#767c84"  # on white or on black: 4.2 times as light or as dark as either
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")  # Okabe and Ito: distinct to every kind of colour vision
HIGHLIGHT = COLOURS[1]
SHADES = ("#f4f8fb", "#9cc7e4", "#2f7fb8", "#08376b")
ZERO = 1e-12
_FEW = 8  # rows and columns of a matrix that shows its numbers
_MOST_MARKERS = 12  # on a line
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "text.color": GREY,
    "axes.edgecolor": GREY,
    "axes.labelcolor": GREY,
    "axes.titlecolor": GREY,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "hatch.color": "#c3ccd4",
    "hatch.linewidth": 0.6,
    "lines.linewidth": 2,
    "figure.dpi": 110,
}


def heatmaps(
    maps: Sequence[Any],
    titles: Sequence[str],
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    row_label: str = "query",
    column_label: str = "key",
    largest: float | None = 1.0,
    decimals: int = 2,
) -> None:
    """Draw matrices (rows, columns) side by side on one colour scale from 0 to `largest` (None: the largest entry).

    Entries that are 0 are hatched, so that "hidden" and "small" look different; a small matrix shows its numbers.
    Where all entries together have two values at most, no bar of colours is needed.
    """
    maps = [_array(matrix) for matrix in maps]
    largest = largest or max(matrix.max() for matrix in maps) or 1.0
    wide = min(1.8 if len(maps) < 3 else 1.0, maps[0].shape[1] / maps[0].shape[0])
    tall = min(1.0, wide * maps[0].shape[0] / maps[0].shape[1])
    turned = 45 if columns is not None and max((len(str(name)) for name in columns), default=0) > 1 else 0
    says = describe_maps(maps, titles, row_label, column_label)
    with _figure(says, len(maps), 1.2 + 1.9 * wide, 1.4 + 1.9 * tall, sharey=True) as (figure, axes):
        for matrix, title, axis in zip(maps, titles, axes, strict=True):
            image = _heatmap(axis, matrix, largest, decimals)
            axis.set(title=title, xlabel=column_label)
            _name_ticks(axis.xaxis, columns, matrix.shape[1], rotation=turned)
            _name_ticks(axis.yaxis, rows, matrix.shape[0])
        axes[0].set_ylabel(row_label)
        if len(np.unique(np.concatenate([matrix.ravel() for matrix in maps]))) > 2:
            breadth = 0.04 * max(1.0, maps[-1].shape[0] / maps[-1].shape[1])
            bar = figure.colorbar(image, cax=axes[-1].inset_axes((1 + breadth, 0, breadth, 1)))  # as tall as the map
            bar.outline.set_visible(False)


def curves(
    x: Sequence[float],
    panels: Mapping[str, Mapping[str, Any]],
    x_label: str,
    levels: Mapping[str, tuple[float, str]] | None = None,
    log2_x: bool = False,
) -> None:
    """Draw one panel for each title in `panels`, which holds the lines by name: arrays (points,), like x.

    `levels` gives a panel a dashed horizontal line: {title: (height, name)}.
    """
    with _figure(describe_lines(x, panels, x_label), len(panels), 4.6, 3.0) as (_, axes):
        for (title, lines), axis in zip(panels.items(), axes, strict=True):
            for number, (name, y) in enumerate(lines.items()):
                axis.plot(x, _array(y), color=COLOURS[number], marker="os^D"[number], markersize=4, label=name)
                axis.lines[-1].set_markevery(max(1, len(x) // _MOST_MARKERS))
            if log2_x:
                axis.set_xscale("log", base=2)
                axis.set_xticks(x[::2], [f"{value:g}" for value in x[::2]])
                axis.minorticks_off()
            else:
                axis.locator_params(axis="x", nbins=7, integer=bool((_array(x) % 1 == 0).all()))
            axis.set(title=title, xlabel=x_label)
            if levels and title in levels:
                axis.axhline(levels[title][0], color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
            axis.margins(y=0.1)
            if min(_array(y).min() for y in lines.values()) >= 0:
                axis.set_ylim(bottom=0)
            if levels and title in levels:
                _name_level(axis, *levels[title])
            axis.legend(frameon=False)


def _name_level(axis: Any, height: float, name: str) -> None:
    """Write the name of a level on the side on which there is more room."""
    bottom, top = axis.get_ylim()
    away = 5 if height > (bottom + top) / 2 else -12
    axis.annotate(name, (1, height), (0, away), xycoords=axis.get_yaxis_transform(), **_SMALL, ha="right")


def movements(moved: Sequence[Any], titles: Sequence[str], changed: int, labels: Sequence[str] | None = None) -> None:
    """Draw how far each output (tokens,) moved after the token `changed` did, one panel for each model.

    What moves before that token has seen the future, and is drawn in another colour.
    """
    moved = [_array(heights) for heights in moved]
    highest = max(heights.max() for heights in moved) or 1.0
    names = [str(name) for name in (labels or range(len(moved[0])))]
    says = describe_bars({t: dict(zip(names, heights, strict=True)) for t, heights in zip(titles, moved, strict=True)})
    with _figure(says, len(moved), 4.6, 2.9, sharey=True) as (_, axes):
        for heights, title, axis in zip(moved, titles, axes, strict=True):
            positions = np.arange(len(heights))
            changed_position = positions[changed]
            leaks = (positions < changed_position) & (heights > ZERO)
            axis.bar(positions, heights, width=0.7, color=np.where(leaks, HIGHLIGHT, COLOURS[0]))
            for position, height in enumerate(heights):
                text = "leak" if leaks[position] else f"{height:.2f}" if height > ZERO else "0"
                colour = {"color": HIGHLIGHT, "weight": "bold"} if leaks[position] else {}
                axis.annotate(text, (position, height), (0, 3), **_SMALL | colour, ha="center")
            _name_ticks(axis.xaxis, labels, len(heights))
            axis.get_xticklabels()[changed_position].set_fontweight("bold")
            axis.set(title=title, xlabel="output position (bold: the token that was changed)", ylim=(0, 1.18 * highest))
        axes[0].set_ylabel("how far the output moved")


_SMALL = {"textcoords": "offset points", "fontsize": 9, "color": GREY}


@contextmanager
def _figure(says: str, panels: int, width: float, height: float, **options: Any) -> Iterator[tuple[Any, Any]]:
    """Open a figure with `panels` axes in a row, each `width` by `height` inches, in the course's style; show it.

    `says` is the same in words.
    """
    import matplotlib.pyplot as plt  # here, because a notebook that is graded draws nothing and need not wait for it

    with plt.rc_context(STYLE):  # type: ignore[arg-type]
        size = (width * panels + 0.6, height)
        figure, axes = plt.subplots(1, panels, figsize=size, squeeze=False, layout="constrained", **options)
        try:
            yield figure, axes[0]
            backend = plt.get_backend().lower()
            if "inline" in backend:
                _display(figure, says)
            elif backend != "agg":  # which has no screen
                plt.show()
        finally:
            plt.close(figure)


def _display(figure: Any, says: str) -> None:
    """Show a figure in a notebook. JupyterLab gives an image its text only where it comes as HTML."""
    from IPython.display import display

    file = BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    source = f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"
    display({"text/html": f'<img alt="{escape(says)}" src="{source}">', "text/plain": says}, raw=True)


def _heatmap(axis: Any, matrix: np.ndarray, largest: float, decimals: int) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    rows, columns = matrix.shape
    shades = LinearSegmentedColormap.from_list("shades", SHADES)
    axis.set_facecolor("#f3f5f7")
    axis.patch.set_hatch("////")
    image = axis.imshow(np.where(np.abs(matrix) > ZERO, matrix, np.nan), cmap=shades, vmin=0, vmax=largest)
    axis.spines[:].set_visible(False)
    axis.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
    axis.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
    axis.grid(which="minor", color="white", linewidth=1.5)
    axis.tick_params(which="both", length=0)
    if max(rows, columns) <= _FEW:
        for (i, j), value in np.ndenumerate(matrix):
            if abs(value) > ZERO:
                text = f"{value:.{decimals}f}".removeprefix("0")
                axis.text(j, i, text, ha="center", va="center", fontsize=7, color=_ink(image.to_rgba(value)))
    return image


def _name_ticks(axis: Any, names: Sequence[str] | None, count: int, rotation: float = 0) -> None:
    labels = [str(name) for name in (range(count) if names is None else names)]
    turned = {"rotation": rotation, "ha": "right", "rotation_mode": "anchor"} if rotation and labels else {}
    axis.set_ticks(range(count), labels, **turned)


def _array(x: Any) -> np.ndarray:
    """Return a tensor or an array-like as an array."""
    return np.asarray(x.detach().cpu() if hasattr(x, "detach") else x)


def amounts(bars: Mapping[str, float], title: str, unit: str = "") -> None:
    """Draw one bar for each entry of `bars`, {name: amount}, with its amount behind it."""
    with _figure(describe_bars({title: bars}, unit), 1, 6.4, 0.7 + 0.3 * len(bars)) as (_, (axis,)):
        rows = axis.barh(range(len(bars)), list(bars.values()), height=0.7, color=COLOURS[0])
        axis.bar_label(rows, [f"{amount:,.2f} {unit}" for amount in bars.values()], padding=4, fontsize=9, color=GREY)
        _name_ticks(axis.yaxis, list(bars), len(bars))
        axis.invert_yaxis()
        axis.margins(x=0.15)
        axis.set(title=title, xticks=[])
        axis.spines[["bottom", "left"]].set_visible(False)
        axis.axvline(0, color=GREY, linewidth=0.8)
        axis.tick_params(length=0)


def magnitudes(x: Sequence[float], panels: Mapping[str, Mapping[str, Any]], x_label: str) -> None:
    """Draw one panel for each title in `panels`, which holds lines by name: arrays (points,), over powers of 10."""
    with _figure(describe_lines(x, panels, x_label), len(panels), 4.6, 3.2) as (_, axes):
        for (title, lines), axis in zip(panels.items(), axes, strict=True):
            for number, (name, y) in enumerate(lines.items()):
                axis.plot(x, _array(y), color=COLOURS[number], label=name)
            axis.set_yscale("log")
            axis.set(title=title, xlabel=x_label)
            axis.legend(frameon=False)


SIGNED_SHADES = ("#08376b", "#2f7fb8", "#b5d6ea", "#f7f7f5", "#f5c09a", "#d55e00", "#752f00")


def signed_maps(
    maps: Sequence[Any],
    titles: Sequence[str],
    row_label: str = "position",
    column_label: str = "feature",
    largest: float | None = 1.0,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
) -> None:
    """Draw matrices (rows, columns) side by side on one scale: blue for -`largest`, white for 0, orange for `largest`.

    `largest` None is the largest entry of all. A small matrix shows its numbers.
    """
    maps = [_array(matrix) for matrix in maps]
    largest = largest or max(np.abs(matrix).max() for matrix in maps) or 1.0
    size = min(4.4, 9.2 / len(maps)), 3.6 if len(maps) < 3 else 3.0
    with _figure(describe_maps(maps, titles, row_label, column_label), len(maps), *size) as (figure, axes):
        for matrix, title, axis in zip(maps, titles, axes, strict=True):
            image = _signed_map(axis, matrix, largest)
            axis.set(title=title, xlabel=column_label, ylabel=row_label)
            if rows or len(matrix) <= _FEW:
                _name_ticks(axis.yaxis, rows, len(matrix))
            if columns or matrix.shape[1] <= _FEW:
                _name_ticks(axis.xaxis, columns, matrix.shape[1])
        bar = figure.colorbar(image, ax=axes, fraction=0.03, aspect=30, pad=0.02)
        bar.outline.set_visible(False)


def waves(x: Sequence[float], panels: Mapping[str, Mapping[str, Any]], x_label: str) -> None:
    """Draw one panel for each title in `panels`, which holds smooth lines by name: arrays (points,), like x."""
    with _figure(describe_lines(x, panels, x_label), len(panels), 4.6, 3.0) as (_, axes):
        for (title, lines), axis in zip(panels.items(), axes, strict=True):
            axis.axhline(0, color=GREY, alpha=0.5, linewidth=1, zorder=0)
            for number, (name, y) in enumerate(lines.items()):
                axis.plot(x, _array(y), color=COLOURS[number], linewidth=1.6, label=name)
            axis.set(title=title, xlabel=x_label)
            axis.margins(x=0)
            axis.legend(frameon=False, ncols=len(lines), loc="lower center", bbox_to_anchor=(0.5, -0.42))


def _signed_map(axis: Any, matrix: np.ndarray, largest: float) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("signed", SIGNED_SHADES)
    options = {"cmap": shades, "vmin": -largest, "vmax": largest, "interpolation": "nearest"}
    image = axis.imshow(matrix, aspect="auto", **options)
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    if max(matrix.shape) <= _FEW:
        for (i, j), value in np.ndenumerate(matrix):
            if abs(value) >= 0.5e-3:
                text = f"{value:.2f}" if abs(value) > 0.5e-2 else f"{value:.3f}".replace("0.", ".", 1)
                axis.text(j, i, text, ha="center", va="center", fontsize=7, color=_ink(image.to_rgba(value)))
    return image


def _ink(ground: Sequence[float]) -> str:
    """White or black, whichever can be read better on this colour (red, green, blue): at least 4.5 to 1."""
    return "white" if _luminance(ground) < 0.179 else "black"


def _luminance(colour: Sequence[float]) -> float:
    """The relative luminance of WCAG 2, from 0 for black to 1 for white."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def shares(bars: Mapping[str, Mapping[str, float]], title: str) -> None:
    """Draw one bar for each entry of `bars`, cut into its parts: {bar: {part: size}}. All bars have one length."""
    parts = list(dict.fromkeys(part for sizes in bars.values() for part in sizes))
    says = describe_bars({f"{title}, {bar}": sizes for bar, sizes in bars.items()})
    with _figure(says, 1, 8.0, 0.9 + 0.45 * len(bars)) as (_, (axis,)):
        for row, sizes in enumerate(bars.values()):
            left = 0.0
            for part, size in sizes.items():
                share = size / sum(sizes.values())
                axis.barh(row, share, left=left, height=0.72, color=COLOURS[parts.index(part)], edgecolor="white")
                if share > 0.04:
                    ink = "white" if part == parts[0] else "black"  # the other colours are light
                    axis.text(left + share / 2, row, f"{share:.0%}", ha="center", va="center", color=ink, fontsize=8)
                left += share
        for number, part in enumerate(parts):
            axis.barh(0, 0, color=COLOURS[number], label=part)
        _name_ticks(axis.yaxis, list(bars), len(bars))
        axis.invert_yaxis()
        axis.set(xlim=(0, 1), xticks=[], title=title)
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0)
        axis.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=len(parts))
