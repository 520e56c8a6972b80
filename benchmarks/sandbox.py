"""What the sandbox costs a submission: a confined process beside a bare fork of the same warm process.

Both import PyTorch once and fork; the bare child answers with a byte and ends, the confined one puts on every layer,
says that it is ready, and is ended. Medians of interleaved rounds, in milliseconds.

    python benchmarks/sandbox.py [--rounds 20]
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from autograder.execution.executor import Executor  # noqa: E402

BARE = """
import os, sys, time, numpy, safetensors.numpy, torch
torch.set_num_threads(1)
for _ in sys.stdin:
    started = time.perf_counter()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"1")
        os._exit(0)
    os.read(reading, 1)
    ready = time.perf_counter()
    os.waitpid(child, 0)
    os.close(reading), os.close(writing)
    print(ready - started, time.perf_counter() - started, flush=True)
"""


def confined(executor: Executor) -> tuple[float, float]:
    """Seconds until a confined child is ready, and until nothing is left of it."""
    started = time.perf_counter()
    with executor.process() as process:
        executor.wait_until_ready(process)
        ready = time.perf_counter()
    return ready - started, time.perf_counter() - started


@click.command(help=__doc__)
@click.option("--rounds", default=20, show_default=True)
def main(rounds: int) -> None:
    """Measure and print."""
    bare = subprocess.Popen([sys.executable, "-c", BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert bare.stdin and bare.stdout
    costs: dict[str, list] = {"bare fork": [], "with the sandbox": []}
    with Executor() as executor, bare:
        missing = executor.missing_layers()
        for _ in range(rounds):
            bare.stdin.write("again\n")
            bare.stdin.flush()
            costs["bare fork"].append(tuple(map(float, bare.stdout.readline().split())))
            costs["with the sandbox"].append(confined(executor))
        bare.stdin.close()
    table = Table("milliseconds", "until ready", "until gone", box=None)
    medians = {name: [1000 * statistics.median(column) for column in zip(*c, strict=True)] for name, c in costs.items()}
    for name, values in medians.items():
        table.add_row(name, *(f"{value:.2f}" for value in values))
    table.add_row("the sandbox costs", *(f"{b - a:.2f}" for a, b in zip(*medians.values(), strict=True)))
    Console().print(table)
    Console().print("missing here: " + ", ".join(missing) if missing else "every layer is active")


if __name__ == "__main__":
    main()
