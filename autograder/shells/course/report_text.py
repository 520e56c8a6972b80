"""A report on a class in the terminal."""

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from autograder.shells.course.class_report import ClassReport, ExerciseReport, UnitReport
from autograder.shells.explanation import format_points

MOST_MISTAKES, MOST_NAMES = 3, 4


def render_report(report: ClassReport) -> Group:
    """A table for each unit: per exercise the mean, who has not attempted it, and the three commonest mistakes."""
    return Group(*(_render_unit(unit) for unit in report.units))


def _render_unit(unit: UnitReport) -> Table:
    handed_in = f"{len(unit.students)} handed in"
    unreadable = f", {name_some(unit.unreadable)} cannot be read" if unit.unreadable else ""
    title = f"\n{unit.unit}: mean {_mean(unit.mean)} / {format_points(unit.points)}, {handed_in}{unreadable}"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    table.add_column("exercise", no_wrap=True)
    table.add_column("mean", justify="right", no_wrap=True)
    table.add_column("not attempted", max_width=26)
    table.add_column("most frequent mistakes")
    for exercise in unit.exercises:
        table.add_row(*_cells(exercise))
    return table


def _cells(exercise: ExerciseReport) -> list[Text]:
    name = Text.assemble(exercise.name, (" (bonus)", "dim")) if exercise.bonus else Text(exercise.name)
    told = [f"{len(mistake.students)}× {mistake.sentence}" for mistake in exercise.mistakes[:MOST_MISTAKES]]
    points = f"{_mean(exercise.mean)} / {format_points(exercise.points)}"
    return [name, Text(points), Text(name_some(exercise.not_attempted)), Text("\n".join(told))]


def name_some(students: Sequence[str]) -> str:
    """The names of some students, or of the first of many and how many there are."""
    if len(students) <= MOST_NAMES:
        return ", ".join(students)
    return f"{len(students)}: {', '.join(students[:MOST_NAMES])}, …"


def _mean(points: float) -> str:
    return f"{points:.1f}"
