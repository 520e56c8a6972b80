"""The commands around grading: `autograder report`, and others that `command_line.py` adds to the group."""

import sys
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console

BAD_INPUT = 2
COURSE = click.Path(exists=True, path_type=Path)


def stop(sentence: str) -> NoReturn:
    """Say what is wrong and end the command."""
    click.echo(f"autograder: {sentence}", err=True)
    sys.exit(BAD_INPUT)


@click.command()
@click.argument("path", default=".", type=COURSE)
@click.option("-u", "--unit", "units", multiple=True, help="Report on this unit only; may be repeated.")
def report(path: Path, units: tuple[str, ...]) -> None:
    """Show how the class did: PATH is a course that nbgrader graded (default: this folder), or a JSON file of `grade`.

    Per exercise: the mean of all who handed in, who has not attempted it, and the three most frequent mistakes.

    Exit code 0, or 2 if nothing has been graded here.
    """
    from autograder.shells.course import class_report, report_text

    try:
        results = [r for r in class_report.read_results(path) if not units or r.unit in units]
    except class_report.NoResults as error:
        stop(str(error))
    Console().print(report_text.render_report(class_report.make_report(results)))


COMMANDS = (report,)
