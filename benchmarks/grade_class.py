"""Grade one class twice: with stock `nbgrader autograde`, which executes every notebook in a kernel, and with ours.

The same submissions go through both, in interleaved runs: stock with asserts in the test cells, as courses write them,
ours with all public and hidden cases and the diagnosis. Prints CPU seconds (all processes together) and wall seconds
per submission, the ratio of the medians, and where our time goes.

    python benchmarks/grade_class.py [--submissions 20] [--runs 3]
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import click
import nbformat
from rich.console import Console
from rich.table import Table

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from demo.attention import STUDENTS  # noqa: E402
from demo.classroom import submission  # noqa: E402

ASSIGNMENT, NOTEBOOK = "02_attention", "attention.ipynb"
LEFT_OUT = ("lena",)  # an endless loop costs each side its own time limit, which says nothing
NBGRADER = [sys.executable, "-m", "nbgrader"]
ATTEND = (
    "rng = np.random.default_rng(0)\nq, k, v = rng.normal(size=(3, 2, 5, 4))\nw = np.exp(q @ k.swapaxes(-1, -2) / 2)\n"
)
ATTEND += "w = w / w.sum(-1, keepdims=True)\n"
MULTI_HEAD = "x = np.random.default_rng(0).normal(size=(2, 5, 8))\n"
ASSERTS = {
    "softmax": "x = np.random.default_rng(0).normal(size=(3, 5))\n"
    "assert np.allclose(softmax(x), np.exp(x) / np.exp(x).sum(-1, keepdims=True))\n"
    "assert np.allclose(softmax(x + 1000), softmax(x))",
    "scaled_dot_product_attention": ATTEND + "assert np.allclose(scaled_dot_product_attention(q, k, v)[0], w @ v)",
    "causal_mask": "assert (causal_mask(3) == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]).all()",
    "padding_mask": "assert padding_mask(np.array([[1, 2, 0]])).shape == (1, 1, 1, 3)",
    "multi_head_attention": MULTI_HEAD
    + "weights = {f'w_{n}.{kind}': np.eye(8) if kind == 'weight' else np.zeros(8) for n in 'qkvo' "
    "for kind in ('weight', 'bias')}\n"
    "assert multi_head_attention(x, x, x, weights, 2)[0].shape == x.shape",
    "ScaledDotProductAttention": ATTEND
    + "assert np.allclose(ScaledDotProductAttention()(*map(torch.from_numpy, (q, k, v)))[0], w @ v)",
    "MultiHeadAttention": MULTI_HEAD
    + "x = torch.from_numpy(x).float()\nassert MultiHeadAttention(8, 2)(x, x, x)[0].shape == x.shape",
}


@click.command(help=__doc__)
@click.option("--submissions", default=20, show_default=True)
@click.option("--runs", default=3, show_default=True)
def main(submissions: int, runs: int) -> None:
    """Make both courses, run them in turn, and print what they cost."""
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        courses = {"stock": stock_course(Path(folder) / "stock"), "ours": our_course(Path(folder) / "ours")}
        for course in courses.values():
            nbgrader(course, "generate_assignment")
            hand_in(course, submissions)
        costs: dict[str, list[tuple[float, float]]] = {name: [] for name in courses}
        for number in range(runs):
            for name, course in courses.items():
                shutil.rmtree(course / "autograded", ignore_errors=True)
                costs[name].append(nbgrader(course, "autograde"))
                cpu, wall = (value / submissions for value in costs[name][-1])
                console.print(f"run {number + 1} of {runs}, {name}: {cpu:.2f} CPU s, {wall:.2f} s wall per submission")
        console.print(table(costs, submissions))
        console.print(where_it_goes(courses["ours"], submissions))


def table(costs: dict[str, list[tuple[float, float]]], submissions: int) -> Table:
    """Medians per submission and their ratio."""
    medians = {
        name: [statistics.median(column) / submissions for column in zip(*c, strict=True)] for name, c in costs.items()
    }
    shown = Table(title=f"\n{submissions} submissions, medians of {len(costs['ours'])} interleaved runs", box=None)
    for heading in ("per submission", "CPU s", "wall s"):
        shown.add_column(heading, justify="left" if heading.startswith("per") else "right")
    for name, (cpu, wall) in medians.items():
        shown.add_row(name, f"{cpu:.3f}", f"{wall:.3f}")
    shown.add_row("stock / ours", *(f"{s / o:.1f}" for s, o in zip(medians["stock"], medians["ours"], strict=True)))
    return shown


def stock_course(course: Path) -> Path:
    """The same lesson with asserts in its test cells, and nbgrader as it comes."""
    source = nbformat.read(PROJECT / "solutions" / ASSIGNMENT / NOTEBOOK, as_version=4)
    for cell in source.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in ASSERTS:
            cell.source = ASSERTS[name]
    (course / "source" / ASSIGNMENT).mkdir(parents=True)
    nbformat.write(source, course / "source" / ASSIGNMENT / NOTEBOOK)
    (course / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "stock"\n')
    return course


def our_course(course: Path) -> Path:
    """The lesson and the configuration as they are."""
    shutil.copytree(PROJECT / "solutions" / ASSIGNMENT, course / "solutions" / ASSIGNMENT)
    shutil.copy(PROJECT / "nbgrader_config.py", course)
    return course


def hand_in(course: Path, count: int) -> None:
    """Submissions made from the authored solution and the demo's students, the same for both courses."""
    source = nbformat.read(PROJECT / "solutions" / ASSIGNMENT / NOTEBOOK, as_version=4)
    release = nbformat.read(PROJECT / "assignments" / ASSIGNMENT / NOTEBOOK, as_version=4)
    answers = [answer for student, answer in STUDENTS.items() if student not in LEFT_OUT]
    for number in range(count):
        folder = course / "submitted" / f"student{number:03d}" / ASSIGNMENT
        folder.mkdir(parents=True)
        nbformat.write(submission(source, release, answers[number % len(answers)]), folder / NOTEBOOK)


def nbgrader(course: Path, command: str) -> tuple[float, float]:
    """Run one of nbgrader's commands; CPU seconds of all its processes, and wall seconds."""
    scripts = sysconfig.get_path("scripts")
    environment = os.environ | {"PATH": os.pathsep.join((scripts, os.environ["PATH"]))}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [*NBGRADER, command, ASSIGNMENT], cwd=course, env=environment, capture_output=True, text=True, check=False
    )
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    if done.returncode:
        sys.exit(f"nbgrader {command} failed in {course.name}:\n{done.stderr[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, ended - started


MEASURE = """
import time, sys
started = time.perf_counter()
from autograder.grading import Grader
spent = {"grade": 0.0, "worker": 0.0}
def timed(function, name):
    def run(*arguments, **options):
        started = time.perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            spent[name] += time.perf_counter() - started
    return run
from autograder.execution.executor import Executor
Grader.grade = timed(Grader.grade, "grade")
Executor.run = timed(Executor.run, "worker")
from nbgrader.apps import NbGraderApp
from nbgrader.apps.nbgraderapp import main
sys.argv = ["nbgrader", "autograde", "02_attention", "--force"]
imported = time.perf_counter() - started
try:
    main()
finally:
    total = time.perf_counter() - started
    print("SPENT", imported, spent["worker"], spent["grade"], total)
"""


def where_it_goes(course: Path, submissions: int) -> Table:
    """One more run of ours, with a clock on its parts; wall seconds per submission."""
    done = subprocess.run([sys.executable, "-c", MEASURE], cwd=course, capture_output=True, text=True, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith("SPENT")), None)
    if line is None:
        sys.exit(f"the measured run failed:\n{done.stderr[-2000:]}")
    imported, worker, graded, total = (float(value) / submissions for value in line.split()[1:])
    shown = Table(title=f"\nwhere ours goes, {total:.3f} s wall per submission", box=None, show_header=False)
    for seconds, part in (
        (worker, "waiting for the workers; the one import of PyTorch is in it"),
        (graded - worker, "expecting, comparing and diagnosing, with the oracle's answers"),
        (imported, "importing nbgrader, once for the class"),
        (total - graded - imported, "nbgrader's conversion and gradebook"),
    ):
        shown.add_row(f"{seconds:.3f}", part)
    return shown


if __name__ == "__main__":
    main()
