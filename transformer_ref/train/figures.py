"""Curves and attention maps of a run, as SVG."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import torch

from transformer_ref.train.batches import numbered, padded
from transformer_ref.train.run import Run

mpl.use("Agg")
from matplotlib import pyplot as plt

STYLE: Any = {"svg.hashsalt": "a run", "font.size": 8, "axes.spines.top": False, "axes.spines.right": False}
MOST_POINTS = 200
LABEL, WIDE = 0.13, 4.0  # inches: what a token's label needs, and the width from which maps stand in two columns


def draw_curves(run: Run, path: Path) -> None:
    """The loss of training, a mean over neighbouring steps, and the learning rate, over the steps."""
    width = max(1, len(run.losses) // MOST_POINTS)
    losses = np.array(run.losses[: len(run.losses) // width * width]).reshape(-1, width).mean(axis=1)
    steps = np.arange(1, len(losses) + 1) * width
    with mpl.rc_context(STYLE):
        figure, axes = plt.subplots(1, 2, figsize=(8, 2.6), layout="constrained")
        axes[0].plot(steps, losses, color="#1f4e79")
        axes[0].set(xlabel="step", title="Smoothed loss")
        axes[1].plot(steps, [run.rate(int(step)) for step in steps], color="#1f4e79")
        axes[1].set(xlabel="step", title="Learning rate")
        _save(figure, path)


def draw_attention(run: Run, path: Path, example: int = 0) -> None:
    """Where each head of the last decoder layer looks in the source while the model writes one unseen example."""
    source, _ = run.task.unseen[example]
    said = run.say([source])[0]
    maps = cross_attention(run, source, said)
    width, height = max(2.6, LABEL * len(source) + 0.6), max(2.8, LABEL * len(said) + 0.8)
    columns = len(maps) if width < WIDE else 2
    rows = -(-len(maps) // columns)
    with mpl.rc_context(STYLE):
        size = (width * columns, height * rows)
        figure, axes = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
        for head, (axis, weights) in enumerate(zip(axes.flat, maps, strict=False), 1):
            axis.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
            axis.set_xticks(range(len(source)), [run.task.source_text([symbol]) for symbol in source], rotation=90)
            axis.set_yticks(range(len(said) + 1), [*(run.task.target_text([symbol]) for symbol in said), "end"])
            axis.set_title(f"head {head}")
        _save(figure, path)


def cross_attention(run: Run, source: list[str], said: list[str]) -> np.ndarray:
    """The attention weights (heads, written + 1, source) of the last decoder layer; in row t symbol t was written."""
    src, tgt = (ids.to(run.device) for ids in padded(numbered([(source, said)], run.vocabularies)))
    found: list[torch.Tensor] = []
    module: Any = run.model.decoder.layers[-1].cross_attention
    hook = module.register_forward_hook(lambda _, __, output: found.append(output[1]))
    with torch.no_grad():
        run.model.eval()(src, tgt[:, :-1])
    hook.remove()
    return np.asarray(found[0][0].cpu())


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, format="svg", metadata={"Date": None})
    plt.close(figure)
