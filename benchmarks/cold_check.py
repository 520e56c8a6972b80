"""What the first check in a fresh Python costs, in several environments: of a bundle, of this or an older version.

    python benchmarks/cold_check.py NAME=PYTHON[:FOLDER] ... [--runs 7]

PYTHON is an environment's interpreter, FOLDER what comes first on its path, such as a checkout of an older version. The
runs are interleaved. Prints the medians of wall seconds, processor seconds and peak memory, also of a Python that
only imports NumPy or PyTorch.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import nbformat
from rich.console import Console
from rich.progress import track
from rich.table import Table

NOTEBOOK = Path(__file__).resolve().parent.parent / "solutions" / "02_attention" / "attention.ipynb"
IMPORTS = "import math\nimport numpy as np\n"
ONE_SUM = "def softmax(x, axis=-1):\n    return np.exp(x) / np.exp(x).sum()"
NO_MASK = (
    "forward = MultiHeadAttention.forward\n"
    "MultiHeadAttention.forward = lambda self, q, k, v, mask=None: forward(self, q, k, v)"
)
MEASURE = """
import json, resource, time
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]))
"""


def solution_of(exercise: str) -> str:
    """The code of an exercise in the solved notebook."""
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    source: str = next(
        cell.source for cell in cells if cell.metadata.get("nbgrader", {}).get("grade_id") == f"{exercise}-solution"
    )
    return source


def scripts() -> dict[str, str]:
    """What is run, by name."""
    softmax, attention = solution_of("softmax"), solution_of("MultiHeadAttention")
    with_torch, check = f"{IMPORTS}import torch\nfrom torch import nn\n", "from autograder import check\n"
    return {
        "import numpy": IMPORTS,
        "softmax, right": f"{IMPORTS}{check}{softmax}\ncheck('softmax')",
        "softmax, wrong": f"{IMPORTS}{check}{ONE_SUM}\ncheck('softmax')",
        "import torch": with_torch,
        "MultiHeadAttention, right": f"{with_torch}{check}{attention}\ncheck('MultiHeadAttention')",
        "MultiHeadAttention, wrong": f"{with_torch}{check}{attention}\n{NO_MASK}\ncheck('MultiHeadAttention')",
    }


def measure(python: str, folder: str, script: str) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak mebibytes of one fresh process."""
    environment = {**os.environ, "PYTHONPATH": folder, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [python, "-c", f"import time; began = time.perf_counter()\n{script}\n{MEASURE}"],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        cwd=folder or tempfile.gettempdir(),
    )
    if done.returncode:
        sys.exit(f"{python}: {done.stderr[-2000:]}")
    wall, cpu, memory = json.loads(done.stdout.splitlines()[-1])
    return wall, cpu, memory


@click.command(help=__doc__)
@click.argument("environments", nargs=-1, required=True)
@click.option("--runs", default=7, show_default=True)
def main(environments: tuple[str, ...], runs: int) -> None:
    """Measure and print."""
    places = {name: path.partition(":")[::2] for name, _, path in (given.partition("=") for given in environments)}
    todo = [(what, name) for _ in range(runs) for what in scripts() for name in places]
    found: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for what, name in track(todo, console=Console(stderr=True)):
        found.setdefault((what, name), []).append(measure(*places[name], scripts()[what]))
    table = Table("what", "where", "wall s", "CPU s", "MiB", box=None)
    for (what, name), figures in sorted(found.items(), key=lambda item: list(scripts()).index(item[0][0])):
        wall, cpu, memory = map(statistics.median, zip(*figures, strict=True))
        table.add_row(what, name, f"{wall:.2f}", f"{cpu:.2f}", f"{memory:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
