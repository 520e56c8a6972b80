"""How long `check("…")` takes in a notebook whose imports are done, for right answers and for wrong ones.

Also the pytest run of a finished notebook, beside a bare import of PyTorch. Medians, in seconds. With `--every`, the
check of every exercise instead: of the reference, and of each misconception that it does not let pass (minutes).

    python benchmarks/self_check.py [--every]
"""

import importlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import nbformat
from nbclient import NotebookClient
from rich.console import Console
from rich.table import Table

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from autograder import syllabus  # noqa: E402
from autograder.exercise import Exercise  # noqa: E402
from autograder.shells.notebook_check import grade_here  # noqa: E402
from autograder.verdict import Grade, Outcome  # noqa: E402
from demo import attention  # noqa: E402
from instructor.answers.live import LiveAnswers  # noqa: E402

NOTEBOOK = PROJECT / "solutions" / "02_attention" / "attention.ipynb"
RIGHT = ("softmax", "scaled_dot_product_attention", "multi_head_attention", "MultiHeadAttention")
WRONG = ("EXPONENTIALS_OVERFLOW", "DIVIDES_BY_D_K", "HIDES_WHAT_MAY_BE_SEEN", "MERGES_BY_RESHAPE")


def timed(name: str) -> str:
    """A cell that prints how long a check takes."""
    return (
        f"import time\nstarted = time.perf_counter()\ncheck({name!r})\nprint('SECONDS', time.perf_counter() - started)"
    )


def in_a_notebook() -> list[tuple[str, float]]:
    """The seconds of each check, in one kernel."""
    given = [
        cell.source
        for cell in nbformat.read(NOTEBOOK, as_version=4).cells
        if cell.cell_type == "code"
        and not cell.metadata.get("autograder")
        and not cell.metadata.get("nbgrader", {}).get("grade")
    ]
    labels = [f"{name}, right" for name in RIGHT]
    cells = [timed(name) for name in RIGHT]
    for mistake in WRONG:
        for name, source in getattr(attention, mistake).items():
            if source:
                labels.append(f"{name}, {mistake.lower().replace('_', ' ')}")
                cells += [source, timed(name)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in given + cells])
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    printed = "".join(
        o.text for c in notebook.cells for o in c.outputs if o.output_type == "stream" and o.name == "stdout"
    )
    seconds = [float(line.split()[1]) for line in printed.splitlines() if line.startswith("SECONDS")]
    return list(zip(labels, seconds, strict=True))


def of_every_exercise() -> Iterator[tuple[str, float, float, float, str]]:
    """For each exercise: seconds for right code, for wrong code (median, most), and the mistake that takes the most."""
    for unit in syllabus.units().values():
        for exercise in unit.exercises:
            reference = vars(importlib.import_module(f"transformer_ref.in_{exercise.library}.{unit.name}"))
            right, _ = anew(exercise, reference)
            wrong = []
            for mistake in unit.misconceptions:
                implementation = mistake.namespace(exercise.library)
                if exercise.name in implementation:
                    seconds, grade = anew(exercise, implementation)
                    wrong += [(seconds, mistake.name)] * (grade.outcome is not Outcome.PASSED)
            most, name = max(wrong)
            yield exercise.name, right, statistics.median(seconds for seconds, _ in wrong), most, name


def anew(exercise: Exercise, implementation: Mapping[str, Any]) -> tuple[float, Grade]:
    """Check as if it were the first check in a notebook, with nothing kept from another."""
    syllabus.probe_of.cache_clear()
    started = time.perf_counter()
    grade = grade_here(exercise.name, implementation, {}, LiveAnswers())
    return time.perf_counter() - started, grade


def command(*arguments: str) -> float:
    """Wall seconds of a Python command."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    return time.perf_counter() - started


@click.command(help=__doc__)
@click.option("--every", is_flag=True, help="Check every exercise, right and with every misconception.")
def main(every: bool) -> None:
    """Measure and print."""
    if every:
        table = Table("check", "right", "wrong, median", "most", "which", box=None)
        for name, *seconds, which in of_every_exercise():
            table.add_row(name, *(f"{value:.3f}" for value in seconds), which)
        Console().print(table)
        return
    table = Table("what", "seconds", box=None)
    for label, took in in_a_notebook():
        table.add_row(f"check: {label}", f"{took:.3f}")
    runs = [(command("-c", "import torch"), command("-m", "pytest", "-q", str(NOTEBOOK))) for _ in range(3)]
    bare, whole = (statistics.median(column) for column in zip(*runs, strict=True))
    table.add_row("import torch", f"{bare:.2f}")
    table.add_row("pytest attention.ipynb, finished", f"{whole:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
