"""`python -m transformer_ref.train TASK` trains the reference on a task, and writes what came of it into a folder.

TASK is `reverse`, `dates`, `sounds` (letters to phonemes) or `bible` (old to modern English).
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from transformer_ref.train.ablation import ABLATIONS
from transformer_ref.train.figures import draw_attention, draw_curves
from transformer_ref.train.run import Run, parameters_of, shown
from transformer_ref.train.tasks import TASKS

CONSOLE = Console()


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m transformer_ref.train", description=__doc__)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps")
    parser.add_argument("--seed", type=int, default=1, help="of the data's order and the first weights")
    parser.add_argument("--steps", type=int, help="updates; the task's own number if it is left out")
    parser.add_argument(
        "--without", action="append", default=[], choices=ABLATIONS, help="leave this out; may be said several times"
    )
    parser.add_argument("--resume", action="store_true", help="go on from the folder's checkpoint")
    parser.add_argument("--log", type=Path, metavar="FILE", help="add a line of JSON for each step")
    parser.add_argument("--folder", type=Path, help="for checkpoint, figures and scores; under build/train by default")
    parser.add_argument("--every", type=int, default=200, metavar="STEPS", help="write a checkpoint so often")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch's; small models need one")
    return parser.parse_args(arguments)


def train_with_progress(run: Run, folder: Path, every: int, log: Path | None) -> None:
    """Train to the end; a checkpoint is written now and then, and when somebody presses Ctrl-C."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=CONSOLE) as progress:
        bar = progress.add_task("loss", total=run.settings.steps, completed=run.step)

        def tell(step: int, loss: float) -> None:
            progress.update(bar, completed=step, description=f"loss {loss:6.3f}")

        try:
            while run.step < run.settings.steps:
                run.train(min(run.step + every, run.settings.steps), tell, log)
                run.save(folder / "checkpoint.pt")
        except KeyboardInterrupt:
            run.save(folder / "checkpoint.pt")
            raise SystemExit(f"stopped at step {run.step}; say --resume to go on") from None


def report(run: Run, folder: Path, seconds: float) -> None:
    """Measure, draw, and print what the model says to some unseen sources."""
    scores = run.measured()
    said = run.say([source for source, _ in run.task.unseen[:8]])
    table = Table("source", "said", "right", title=f"{parameters_of(run.model):,} parameters, {run.step} steps")
    for row in shown(run.task, said):
        table.add_row(*row)
    CONSOLE.print(table)
    for name, value in scores.items():
        CONSOLE.print(f"{name}: {value:.3g}", highlight=False)
    for note in run.task.notes:
        CONSOLE.print(note, highlight=False)
    draw_curves(run, folder / "curves.svg")
    draw_attention(run, folder / "attention.svg")
    own = {"seed": run.seed, "without": run.settings.without, "steps": run.step}
    own |= {"parameters": parameters_of(run.model), "seconds": round(seconds, 1), "last loss": run.last_loss()}
    (folder / "scores.json").write_text(json.dumps(own | scores, indent=1) + "\n", encoding="utf-8")
    CONSOLE.print(f"written: {folder}/checkpoint.pt, curves.svg, attention.svg, scores.json", highlight=False)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train one task."""
    given = read_arguments(arguments)
    torch.set_num_threads(given.threads)
    task = TASKS[given.task](given.seed)
    without = tuple(what for what in ABLATIONS if what in given.without)
    settings = replace(task.settings, steps=given.steps or task.settings.steps, without=without)
    folder = given.folder or Path("build") / "train" / "-without-".join((given.task, *without))
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(task, settings, given.seed, given.device)
    if given.resume:
        try:
            run.load(folder / "checkpoint.pt")
        except (OSError, ValueError) as error:
            raise SystemExit(f"cannot resume: {error}") from error
    started = time.monotonic()
    train_with_progress(run, folder, given.every, given.log)
    report(run, folder, time.monotonic() - started)


if __name__ == "__main__":
    main()
