"""`progress()`: the map of the course, with what is done, what comes next, and the points so far."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from autograder import syllabus
from autograder.exercise import Exercise
from autograder.intake.files import BadSubmission
from autograder.intake.submission import read, read_to_check
from autograder.protocol.without_pytorch import is_installed
from autograder.shells.explanation import format_points
from autograder.shells.notebook_check import show
from autograder.shells.report import COLOURS, SIGN
from autograder.verdict import Grade, Outcome

NOT_BEGUN = ("·", "")


@dataclass(frozen=True)
class UnitProgress:
    """How far one unit is: its exercises with their grades, None where there is nothing to grade."""

    unit: syllabus.Unit
    notebook: Path | None
    grades: tuple[tuple[Exercise, Grade | None], ...]
    problem: str = ""

    @property
    def earned(self) -> float:
        """The points so far, bonus included."""
        return sum(grade.score for _, grade in self.grades if grade)

    @property
    def possible(self) -> float:
        """The points that there are, without the bonus."""
        return sum(exercise.points for exercise, _ in self.grades if not exercise.bonus)

    @property
    def points(self) -> str:
        """The two in words; unit 0 has none."""
        return f"{format_points(self.earned)} / {format_points(self.possible)}" if self.possible else "no points"


def find_notebooks(folder: Path) -> dict[str, Path]:
    """The notebooks of the course in this folder, in those inside it, and in those beside it; by unit."""
    found: dict[str, Path] = {}
    for place in (folder, folder / ".."):
        paths = sorted([*place.glob("*.ipynb"), *place.glob("[0-9][0-9]_*/*.ipynb")])
        known = {syllabus.PRACTICE.name, *syllabus.units()}
        for path in sorted(paths, key=lambda path: path.stem not in known):  # those with the usual name first
            if unit := path.stem if path.stem in known else _unit_in(path):
                found.setdefault(unit, path)
    return found


def _unit_in(path: Path) -> str | None:
    """The unit of a notebook that somebody has renamed."""
    try:
        return read(path).unit
    except BadSubmission:
        return None


def measure_progress(folder: Path) -> Iterator[UnitProgress]:
    """How far each unit is, by the public cases; every notebook is run in a process of its own."""
    from autograder.grading import Grader

    notebooks = find_notebooks(folder)
    with Grader() as grader:
        if practice := notebooks.get(syllabus.PRACTICE.name):
            yield _measure_unit(syllabus.PRACTICE, practice, grader)
        for unit in syllabus.units().values():
            yield _measure_unit(unit, notebooks.get(unit.name), grader)


def _measure_unit(unit: syllabus.Unit, notebook: Path | None, grader: "Grader") -> UnitProgress:  # type: ignore[name-defined] # noqa: F821
    grades: Sequence[Grade | None] = [None] * len(unit.exercises)
    problem = ""
    if notebook:
        try:
            grades = grader.grade(read_to_check(notebook), unit.exercises)
        except BadSubmission as error:
            problem = str(error)
    return UnitProgress(unit, notebook, tuple(zip(unit.exercises, grades, strict=True)), problem)


def find_next(units: Sequence[UnitProgress]) -> str:
    """What to do next, in one sentence."""
    for unit in units:
        for exercise, grade in unit.grades:
            can_run = exercise.library != "torch" or is_installed("torch")
            can_be_tried = unit.notebook and not exercise.bonus and can_run
            if can_be_tried and (grade is None or grade.outcome is not Outcome.PASSED):
                begun = grade is not None and grade.outcome is not Outcome.NOT_ATTEMPTED
                return f"Next: {'mend' if begun else 'write'} {exercise.name} in {unit.notebook}."
    missing = [unit.unit.name for unit in units if unit.notebook is None]
    if missing:
        return f"Next: open the notebook of {missing[0]}."
    settled = (Outcome.PASSED, Outcome.NOT_ATTEMPTED)
    wrong = [e.name for unit in units for e, grade in unit.grades if grade and grade.outcome not in settled]
    return f"Next, for a bonus: mend {wrong[0]}." if wrong else "Everything passes its public cases."


def render_progress(units: Sequence[UnitProgress]) -> str:
    """The map as plain text."""
    lines = []
    for unit in units:
        signs = " ".join(_sign(grade)[0] for _, grade in unit.grades)
        lines.append(
            f"{unit.unit.name:<20} {signs:<26} {unit.points:>10}  {unit.problem or unit.notebook or 'not opened yet'}"
        )
    earned, possible = sum(u.earned for u in units), sum(u.possible for u in units)
    total = f"{format_points(earned)} / {format_points(possible)}"
    return "\n".join([*lines, f"{'together':<47} {total:>10}", find_next(units), _HONEST])


_HONEST = (
    "This is of your notebooks as last saved, on public cases; your grade is made on other inputs, too. "
    "Written questions are marked by hand and come on top."
)


def render_progress_html(units: Sequence[UnitProgress]) -> str:
    """The map for a notebook, on a light or a dark background."""
    rows = []
    for unit in units:
        signs = "".join(_sign_html(exercise, grade) for exercise, grade in unit.grades)
        where = escape(unit.problem or str(unit.notebook or "not opened yet"))
        rows.append(
            f"<tr><td style='text-align:left'>{unit.unit.name}</td><td style='text-align:left'>{signs}</td>"
            f"<td>{unit.points}</td><td style='text-align:left;opacity:.75'>{where}</td></tr>"
        )
    earned, possible = sum(u.earned for u in units), sum(u.possible for u in units)
    total = f"<tr><td></td><td></td><td><b>{format_points(earned)} / {format_points(possible)}</b></td><td></td></tr>"
    return (
        f"<table>{''.join(rows)}{total}</table><div><b>{escape(find_next(units))}</b></div>"
        f"<div style='opacity:.75'>{_HONEST}</div>"
    )


def _sign(grade: Grade | None) -> tuple[str, str]:
    return NOT_BEGUN if grade is None or grade.outcome is Outcome.NOT_ATTEMPTED else SIGN[grade.outcome]


def _sign_html(exercise: Exercise, grade: Grade | None) -> str:
    sign, colour = _sign(grade)
    words = f"{exercise.name}: {grade.outcome.value if grade else 'not opened yet'}"
    style = f"color:{COLOURS[colour]}" if colour else "opacity:.6"
    return f"<span title='{words}' aria-label='{words}' style='{style};margin-right:6px'>{sign}</span>"


def show_progress() -> None:
    """Measure and show it."""
    units = list(measure_progress(Path()))
    show(render_progress(units), {"text/html": render_progress_html(units)})
