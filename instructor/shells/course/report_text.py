"""A report on a class in the terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.shells.explanation import format_points
from instructor.shells.course.class_report import ClassReport, UnitReport

MOST_MISTAKES, MOST_NAMES = 3, 4


def render_report(report: ClassReport) -> Group:
    """For each unit a table with the means and who has not attempted what, and each exercise's commonest mistakes."""
    parts: list[RenderableType] = []
    for unit in report.units:
        parts += [_render_table(unit), *_render_mistakes(unit)]
    return Group(*parts)


def _render_table(unit: UnitReport) -> Table:
    handed_in = f"{len(unit.students)} handed in"
    unreadable = f", {name_some(unit.unreadable)} cannot be read" if unit.unreadable else ""
    title = f"\n{unit.unit}: mean {_mean(unit.mean)} / {format_points(unit.points)}, {handed_in}{unreadable}"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    table.add_column("exercise")
    table.add_column("mean", justify="right", no_wrap=True)
    table.add_column("solved", justify="right")
    table.add_column("not attempted")
    for exercise in unit.exercises:
        name = Text.assemble(exercise.name, (" (bonus)", "dim")) if exercise.bonus else Text(exercise.name)
        points = f"{_mean(exercise.mean)} / {format_points(exercise.points)}"
        table.add_row(name, Text(points), str(len(exercise.solved)), Text(name_some(exercise.not_attempted)))
    return table


def _render_mistakes(unit: UnitReport) -> Iterator[Padding]:
    """The three commonest mistakes of each exercise, each with how many made it and its sentence."""
    for exercise in unit.exercises:
        if exercise.mistakes:
            yield Padding(Text(f"most frequent in {exercise.name}", "italic"), (0, 0, 0, 2))
        for mistake in exercise.mistakes[:MOST_MISTAKES]:
            yield Padding(Text(f"{len(mistake.students)}× {mistake.sentence}"), (0, 0, 0, 4))


def name_some(students: Sequence[str]) -> str:
    """The names of some students, or of the first of many and how many there are."""
    if len(students) <= MOST_NAMES:
        return ", ".join(students)
    return f"{len(students)}: {', '.join(students[:MOST_NAMES])}, …"


def _mean(points: float) -> str:
    return f"{points:.1f}"
