"""How far a class is: one bar in a terminal, and otherwise a line now and then."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from autograder.intake.printable import printable

LINE_SECONDS, LINES = 30.0, 10  # a line at least so often, and for each so-many-th part of the class
LONGEST = 60


class _Rate(TextColumn):
    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


class ClassProgress:
    """Shows how many hand-ins of an assignment are done, how many a second, the time left, and what was last found."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.title, self.total, self.done = "", 0, 0
        self._started = self._said_at = time.monotonic()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[last]}", markup=False),
            console=console,
            speed_estimate_period=60,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> "ClassProgress":
        self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.__exit__(kind, error, trace)

    def begin(self, title: str, total: int) -> None:
        """Begin an assignment with so many hand-ins to grade."""
        self.title, self.total, self.done = title, total, 0
        self._started = self._said_at = time.monotonic()
        for task in self._bar.task_ids:
            self._bar.remove_task(task)
        self._task = self._bar.add_task(title, total=total, last="")

    def tell(self, student: str, sentence: str) -> None:
        """Count one more, with what was found."""
        self.done += 1
        last = printable(f"{student}: {sentence}" if sentence else student)
        last = last if len(last) <= LONGEST else f"{last[: LONGEST - 1]}…"
        self._bar.update(self._task, advance=1, last=last)
        if not self.console.is_terminal and self._is_time_for_a_line():
            self.say(self._line(last))

    def say(self, sentence: str) -> None:
        """Show a sentence, above the bar where there is one."""
        self._bar.console.print(Text(sentence), soft_wrap=True)

    def _is_time_for_a_line(self) -> bool:
        tenth = self.done * LINES // self.total > (self.done - 1) * LINES // self.total
        late = time.monotonic() - self._said_at > LINE_SECONDS
        if tenth or late:
            self._said_at = time.monotonic()
        return tenth or late

    def _line(self, last: str) -> str:
        rate = self.done / max(time.monotonic() - self._started, 1e-9)
        left = f"{(self.total - self.done) / rate:.0f} s left"
        return f"{self.title}: {self.done} of {self.total}, {rate:.1f} a second, {left}; {last}"
