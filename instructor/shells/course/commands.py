"""The commands around grading: report, collect, export, gradescope and work."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

DONE, NOT_ALL, BAD_INPUT, GRADER_FAULT = 0, 1, 2, 3
RESULT_FILES = {
    "gradescope": Path("/autograder/results/results.json"),
    "prairielearn": Path("/grade/results/results.json"),
    "classroom50": Path("result.json"),
}
FORMATS = tuple(RESULT_FILES)
EXISTING = click.Path(exists=True, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
TARGET = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEW_FOLDER = click.Path(file_okay=False, path_type=Path)


class Unit(click.ParamType):
    """The name of a unit, or of its assignment."""

    name = "unit"

    def convert(self, value: str, parameter: click.Parameter | None, context: click.Context | None) -> str:
        """The unit's name."""
        from autograder import syllabus

        unit = value.lstrip("0123456789").removeprefix("_")
        if unit not in syllabus.units():
            self.fail(f"there is no unit {value!r}; there are {', '.join(syllabus.units())}", parameter, context)
        return unit


UNIT = Unit()
in_course = click.option("--course", default=".", show_default=True, type=FOLDER, help="The course's folder.")
for_assignment = click.option("-a", "--assignment", required=True, help="The assignment, such as 02_attention.")
to_file = click.option("-o", "--output", required=True, type=TARGET, help="The file to write.")


def stop(sentence: str) -> NoReturn:
    """Say what is wrong and end the command."""
    click.echo(f"autograder: {sentence}", err=True)
    sys.exit(BAD_INPUT)


@click.command()
@click.argument("path", default=".", type=EXISTING)
@click.option("-u", "--unit", "units", multiple=True, type=UNIT, help="Report on this unit only; may be repeated.")
@click.option(
    "--html", "as_html", type=TARGET, help="Write a page with figures, code and everything else to this file."
)
@click.option("--json", "as_json", type=TARGET, help="Write what the page shows to this file.")
@click.option("--anonymous", is_flag=True, help="Give students pseudonyms, the same each time, in code and paths, too.")
@click.option("--roster", type=FILE, help="As for collect: with --anonymous, its names are replaced in code, too.")
@click.option("--defence", type=NEW_FOLDER, help="Write sheets for an oral defence into this folder; runs the code.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    help="With --defence: how many students to ask about at once [default: cores].",
)
@click.option(
    "--course", type=FOLDER, help="The course's folder; by default PATH, or this folder where PATH is a file."
)
def report(
    path: Path, units: tuple[str, ...], anonymous: bool, roster: Path | None, course: Path | None, **wanted: Any
) -> None:
    """Show how the class did: PATH is a course that nbgrader graded (default: this folder), or a JSON file of `grade`.

    Per exercise: the mean of all who handed in, who has not attempted it, and the three most frequent mistakes. The
    page of --html also shows what the class misunderstands with code side by side, the hardest cases, failures without
    a name, and shared code. A sheet of --defence has two or three questions to a student about their own code.

    Exit code 0, or 2 if nothing has been graded here, or a file cannot be written; 3 if the grader failed.
    """
    from autograder.evidence import GraderFault
    from instructor.shells.class_page import writing
    from instructor.shells.course.class_report import NoResults

    folder = course or (path if path.is_dir() else Path())
    if wanted["jobs"] and not wanted["defence"]:
        stop("--jobs goes with --defence: nothing else of a report takes long")
    try:
        people = found.people if (found := _read_roster(roster)) else ()
        asked = writing.Asked(path, folder, units, anonymous, people, **wanted)
        for line in writing.write(asked):
            Console().print(line, highlight=False) if not isinstance(line, str) else click.echo(line)
    except (NoResults, OSError, ValueError) as error:
        stop(str(error))
    except GraderFault as fault:
        click.echo(f"autograder: {fault}", err=True)
        sys.exit(GRADER_FAULT)


@click.command()
@click.argument("archives", nargs=-1, required=True, type=FILE)
@click.option("-a", "--assignment", help="The assignment, such as 02_attention; by default as the files are named.")
@click.option("--roster", type=FILE, help="A CSV with id,first_name,last_name,email,lms_user_id, or Canvas' gradebook.")
@click.option("--due", type=click.DateTime(), help="When it was due, in this machine's time, for late marks.")
@in_course
def collect(
    archives: tuple[Path, ...], assignment: str | None, roster: Path | None, due: datetime | None, course: Path
) -> None:
    """Unpack archives of Canvas, Moodle or Blackboard, or plain zips, into `submitted`, and say who was found.

    With a roster, a student who is not in it stays in the archive. What was there before is moved to `set_aside`.

    Exit code 0 if every student was found, 1 if one was not, 2 if an archive cannot be read.
    """
    from instructor.shells.course import collect as collecting
    from instructor.shells.course.archives import BadArchive

    people = _read_roster(roster)
    if assignment and not (course / "assignments" / assignment).is_dir():
        stop(f"there is no assignment {assignment} in {course / 'assignments'}")
    try:
        found = collecting.collect(archives, assignment, course, people, due)
    except (BadArchive, OSError) as error:
        stop(str(error))
    missing = collecting.find_missing(found, people) if people else []
    Console().print(collecting.render_collected(found, missing))
    sys.exit(DONE if all(one.student for one in found) else NOT_ALL)


def _read_roster(path: Path | None) -> Any:
    from instructor.shells.course.roster import BadRoster, read_roster
    from instructor.shells.course.spreadsheet import BadSpreadsheet

    try:
        return read_roster(path) if path else None
    except (BadRoster, BadSpreadsheet, OSError) as error:
        stop(str(error))


@click.group()
def export() -> None:
    """Write grades and feedback for a learning management system, or as a CSV."""


@export.command()
@click.argument("gradebook", type=FILE)
@click.option("--column", help="The assignment's column: its title, its id, or both; by default by the unit's name.")
@for_assignment
@to_file
@in_course
def canvas(gradebook: Path, column: str | None, assignment: str, output: Path, course: Path) -> None:
    """Fill a GRADEBOOK that Canvas exported: its identifying columns and the one of the assignment, to be imported."""
    from instructor.shells.course import export as exporting

    _fill(gradebook, output, assignment, course, lambda sheet, lines: exporting.fill_canvas(sheet, lines, column))


@export.command()
@click.argument("worksheet", type=FILE)
@click.option("--comments", is_flag=True, help="Write the points by exercise into the feedback comments, where empty.")
@for_assignment
@to_file
@in_course
def moodle(worksheet: Path, comments: bool, assignment: str, output: Path, course: Path) -> None:
    """Fill Moodle's offline grading WORKSHEET: only grades are written into it, so that Moodle takes it back."""
    from instructor.shells.course import export as exporting
    from instructor.shells.course.collect import RECORD

    record = course / RECORD
    _fill(
        worksheet,
        output,
        assignment,
        course,
        lambda sheet, lines: exporting.fill_moodle(sheet, lines, record, comments),
    )


def _fill(source: Path, output: Path, assignment: str, course: Path, fill: Any) -> None:
    from instructor.shells.course.export import CannotExport
    from instructor.shells.course.spreadsheet import BadSpreadsheet, read_spreadsheet

    lines = _read_lines(course, assignment)
    if not lines:
        stop("there are no students in the gradebook")
    try:
        sheet, said = fill(read_spreadsheet(source), lines)
        sheet.write(output)
    except (CannotExport, BadSpreadsheet, OSError) as error:
        stop(str(error))
    _say(said, output, "grades")


def _read_lines(course: Path, assignment: str | None) -> list[Any]:
    from instructor.shells.course.gradebook import NoGradebook, read_lines, waiting_for_marks

    try:
        lines = read_lines(course, assignment)
    except NoGradebook as error:
        stop(str(error))
    for sentence in waiting_for_marks(lines):
        click.echo(f"autograder: {sentence}", err=True)
    return lines


def _say(said: Any, output: Path, what: str) -> None:
    for sentence in said.sentences:
        click.echo(f"autograder: {sentence}", err=True)
    click.echo(f"{said.filled} {what} written to {output}")
    sys.exit(NOT_ALL if said.sentences else DONE)


@export.command(name="csv")
@click.option("-a", "--assignment", help="This assignment only, such as 02_attention.")
@to_file
@in_course
def as_csv(assignment: str | None, output: Path, course: Path) -> None:
    """Write every student and assignment: by exercise, regular, bonus, manual, late, total, possible."""
    from instructor.shells.course import export as exporting

    lines = _read_lines(course, assignment)
    exporting.write_csv(lines, output)
    click.echo(f"{len(lines)} rows written to {output}")


@export.command()
@click.argument("archive", type=FILE)
@click.option("--roster", type=FILE, help="As for collect, where that was not used.")
@for_assignment
@to_file
@in_course
def feedback(archive: Path, roster: Path | None, assignment: str, output: Path, course: Path) -> None:
    """Zip the feedback pages under the names of the ARCHIVE of hand-ins, as Canvas and Moodle take them back."""
    from instructor.shells.course import export as exporting
    from instructor.shells.course.archives import BadArchive

    try:
        said = exporting.zip_feedback(archive, assignment, course, _read_roster(roster), output)
    except (BadArchive, OSError) as error:
        stop(str(error))
    _say(said, output, "pages")


@click.command()
@click.argument("unit", type=UNIT)
@click.option("-o", "--output", type=TARGET, help="The zip; by default gradescope-UNIT.zip.")
@click.option(
    "--extra-index-url", "index", default="", help="Another package index, such as PyTorch's own for its CPU builds."
)
@in_course
def gradescope(unit: str, output: Path | None, index: str, course: Path) -> None:
    """Build an autograder zip for Gradescope: upload it there as it is. It holds the course's secret."""
    from instructor.shells.course.gradescope import write_zip

    folders = sorted((course / "assignments").glob(f"[0-9][0-9]_{unit}"))
    if not folders:
        stop(f"there is no release of {unit} in {course / 'assignments'}: first run autograder build")
    target = output or Path(f"gradescope-{unit}.zip")
    write_zip(target, folders[0].name, course, index)
    click.echo(f"written: {target}")


def write_result_file(row: dict[str, Any], name: str, output: Path | None, seconds: float) -> None:
    """Write the result of one hand-in, a row of `grade`, in a system's format; none where the grader failed."""
    from autograder.verdict import Grade
    from instructor.shells.class_run import FAULT
    from instructor.shells.course import result_files

    if row["outcome"] == FAULT:
        return
    target = output or RESULT_FILES[name]
    grades = [Grade.from_dict(record) for record in row["exercises"]]
    target.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result_files.FORMATS[name](grades, seconds), indent=2, ensure_ascii=False)
    target.write_text(text + "\n", encoding="utf-8")


@click.command()
@click.argument("folder", default="work", type=click.Path(file_okay=False, path_type=Path))
@in_course
def work(folder: Path, course: Path) -> None:
    """Copy the releases that are not there yet into a FOLDER to work in (default: work). Nothing is overwritten."""
    from instructor.shells.course.work import copy_releases

    for sentence in copy_releases(course, folder):
        click.echo(sentence)
