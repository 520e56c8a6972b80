"""Whether the same code gets the same grade on a busy machine: one exercise, graded again and again beside busy loops.

Prints how many different results there were, and what a wall clock would have seen: the seconds that each run took.

    python benchmarks/busy_machine.py [FILE] [--exercise NAME] [--runs 20] [--load 8] [--case-seconds 4]
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from autograder import syllabus  # noqa: E402
from autograder.execution.limits import Limits  # noqa: E402
from autograder.grading import Grader  # noqa: E402
from autograder.intake import submission  # noqa: E402

SLOW = PROJECT / "tests" / "unusual" / "decoder" / "numpy_class_per_sublayer.py"
SECRET = "the same hidden inputs in each run"
BUSY = [sys.executable, "-S", "-c", "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"]


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """That many processes that never wait; they end with this one, however it ends."""
    loops = [subprocess.Popen(BUSY) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


@click.command(help=__doc__)
@click.argument("file", default=SLOW, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--exercise", default="decoder_layer_backward", show_default=True)
@click.option("--runs", default=20, show_default=True)
@click.option("--load", default=8, show_default=True)
@click.option("--case-seconds", default=Limits.case_seconds, show_default=True)
def main(file: Path, exercise: str, runs: int, load: int, case_seconds: float) -> None:
    """Grade, and print; the exit code is 1 where the results differ."""
    read = submission.read(file)
    exercises = [syllabus.exercise(exercise)]
    results, seconds = Counter[str](), list[float]()
    with Grader(Limits(case_seconds=case_seconds)) as grader:
        (alone,) = grader.grade(read, exercises, SECRET)
        with busy_loops(load):
            for _ in range(runs):
                started = time.monotonic()
                (grade,) = grader.grade(read, exercises, SECRET)
                seconds.append(time.monotonic() - started)
                results[repr(grade)] += 1
                click.echo(f"{grade.score:g} of {grade.points:g} points in {seconds[-1]:.1f} s")
    click.echo(f"alone: {alone.exercise} gets {alone.score:g} of {alone.points:g} points ({alone.outcome.value})")
    same = results[repr(alone)]
    click.echo(f"{runs} runs beside {load} busy loops: {len(results)} different result(s), {same} the same as alone")
    click.echo(f"each run took {min(seconds):.1f} to {max(seconds):.1f} s")
    sys.exit(same != runs)


if __name__ == "__main__":
    main()
