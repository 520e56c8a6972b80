"""The command `autograder misconception`."""

from pathlib import Path

import click

from instructor.shells.course.commands import FILE, UNIT, stop


@click.group()
def misconception() -> None:
    """Add a mistake that the course should know by name."""


@misconception.command()
@click.argument("name")
@click.option("-u", "--unit", required=True, type=UNIT, help="The unit it belongs to.")
@click.option("-e", "--exercise", required=True, help="The first exercise in the lesson that it breaks.")
@click.option("--from", "files", multiple=True, type=FILE, help="A file with this mistake, as a test; may be repeated.")
def new(name: str, unit: str, exercise: str, files: tuple[Path, ...]) -> None:
    """Write a stub for a misconception NAME, such as scale-by-keys, with students' work as its test.

    The stub goes into the file in `instructor/misconceptions/` that has the mistakes of this exercise. The tests have
    only the code of the exercise and what it uses, without comments. The command tells you what to do next.

    The exit code is 0, or 2 if nothing was written; then a sentence says why.
    """
    from autograder.intake.files import BadSubmission
    from instructor.shells.class_page.new_misconception import CannotAdd, add_misconception, describe_next

    try:
        added = add_misconception(name, unit, exercise, files)
    except (CannotAdd, BadSubmission, OSError) as error:
        stop(str(error))
    for line in describe_next(added):
        click.echo(line)
