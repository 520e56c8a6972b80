"""Calculate what it takes to grade many submissions, from what was measured on one machine; see docs/scale.md.

    python benchmarks/scale.py [--verdict 0.85 --here 0.027 --writer 0.016 ...]

The work on a class has three parts, each done by something else:

    the workers    warm-up + submissions · different · verdict / (workers · BUSY)   seconds
    your machine   submissions · here / cores                                      seconds
    the writer     submissions · writer                                            seconds

They go on at the same time, so a run takes as long as the longest of them. The pages with feedback come after that, and
take submissions · page / cores seconds. All cores are paid for as long as the whole takes.
"""

import math
from dataclasses import asdict, dataclass

import click

BUSY = 0.9  # the part of its time that a worker grades; the rest it waits for the next submission
SIZES = (10_000, 1_000_000)
WORKERS = (16, 64, 256)
HOUR, GIGABYTE = 3600.0, 1e9


@dataclass(frozen=True)
class Measured:
    """Processor seconds and bytes of one submission; how many submissions differ from all others; prices in dollars."""

    verdict: float = 0.85  # to run and judge one that differs
    warm_up: float = 20.0  # of a worker, once: its imports, and the answers of the reference
    here: float = 0.027  # to read it and to make its notebook, by the processes of one machine
    page: float = 0.040  # to make its page, by the same
    writer: float = 0.016  # of the one thread that fills the gradebook
    different: float = 0.8
    cores: int = 8  # of the machine on which the command runs
    store_bytes: int = 3_900
    gradebook_bytes: int = 6_200
    notebook_bytes: int = 215_000  # as handed in, and graded
    page_bytes: int = 104_000
    core_hour: float = 0.05
    gigabyte_month: float = 0.10

    def hours(self, submissions: int, workers: int) -> dict[str, float]:
        """How long each part of the grading takes."""
        return {
            "the workers": (self.warm_up + submissions * self.different * self.verdict / (workers * BUSY)) / HOUR,
            "your machine": submissions * self.here / self.cores / HOUR,
            "the writer": submissions * self.writer / HOUR,
        }

    def whole(self, submissions: int, workers: int) -> float:
        """How many hours a run takes, pages included."""
        return max(self.hours(submissions, workers).values()) + submissions * self.page / self.cores / HOUR

    def most_workers(self) -> int:
        """With more, a run does not get shorter: something else is slower."""
        return math.ceil(self.different * self.verdict / BUSY / max(self.here / self.cores, self.writer))

    def dollars(self, submissions: int, workers: int) -> float:
        """The price of the processors: of the workers and of one machine, as long as the run takes."""
        return self.whole(submissions, workers) * (workers + self.cores) * self.core_hour

    def gigabytes(self, submissions: int) -> dict[str, float]:
        """What lies on the disk afterwards."""
        each = {
            "notebooks": float(self.notebook_bytes),
            "pages": float(self.page_bytes),
            "gradebook": float(self.gradebook_bytes),
            "store": self.different * self.store_bytes,
        }
        return {name: submissions * size / GIGABYTE for name, size in each.items()}


def describe(measured: Measured) -> list[str]:
    """The tables, as Markdown."""
    lines = ["| submissions | workers | it takes | the slowest part | processors cost |", "|---:|---:|---:|---|---:|"]
    for submissions in SIZES:
        for workers in WORKERS:
            hours = measured.hours(submissions, workers)
            slowest = max(hours, key=lambda part: hours[part])
            takes, price = _say(measured.whole(submissions, workers)), measured.dollars(submissions, workers)
            lines.append(f"| {submissions:,} | {workers} | {takes} | {slowest} | ${price:.2f} |")
    lines += ["", f"More than {measured.most_workers()} workers do not shorten a run.", ""]
    names = list(measured.gigabytes(1))
    lines += [f"| submissions | {', GB | '.join(names)}, GB | a month |", "|---:" * (len(names) + 2) + "|"]
    for submissions in SIZES:
        sizes = measured.gigabytes(submissions).values()
        cells = " | ".join(f"{size:,.2f}" if size < 10 else f"{size:,.0f}" for size in sizes)
        lines.append(f"| {submissions:,} | {cells} | ${sum(sizes) * measured.gigabyte_month:.2f} |")
    return lines


def _say(hours: float) -> str:
    return f"{hours:.1f} hours" if hours >= 1 else f"{math.ceil(60 * hours)} minutes"


def _options(command: click.Command) -> click.Command:
    for name, value in asdict(Measured()).items():
        option = click.Option([f"--{name.replace('_', '-')}"], default=value, show_default=True)
        command.params.append(option)
    return command


@click.command(help=__doc__)
def main(**measured: float) -> None:
    """Print the tables."""
    click.echo("\n".join(describe(Measured(**measured))))  # type: ignore[arg-type]


if __name__ == "__main__":
    _options(main)()
