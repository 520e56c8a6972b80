"""The command `autograder`."""

import os
import signal
import sys
import threading
from importlib.metadata import EntryPoints, entry_points
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.text import Text

NOT_THEIRS = (".ipynb_checkpoints", "backup")  # what JupyterLab and `reset` keep
ALL_PASSED, NOT_ALL_PASSED, BAD_INPUT, GRADER_FAULT = 0, 1, 2, 3


class Extensible(click.Group):
    """A command to which installed packages add others: an instructor has more to do than a student."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all."""
        return sorted({*super().list_commands(ctx), *(entry.name for entry in _find_extensions())})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; one of another package is imported only here."""
        ours = super().get_command(ctx, cmd_name)
        return ours or next((entry.load() for entry in _find_extensions() if entry.name == cmd_name), None)


def _find_extensions() -> EntryPoints:
    return entry_points(group="autograder.commands")


@click.group(cls=Extensible)
@click.version_option(package_name="transformers-from-scratch")
def main() -> None:
    """Check the notebooks of Transformers from Scratch, and give them back as they were."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no sign for ✓ shows another
    if threading.current_thread() is threading.main_thread():
        for name in {"SIGTERM", "SIGHUP"} & set(dir(signal)):
            signal.signal(getattr(signal, name), _stopped)


def _stopped(number: int, _: object) -> NoReturn:
    """End as Ctrl-C does, so that the worker and its folder go, too."""
    sys.exit(128 + number)


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(readable=False, path_type=Path))
@click.option("-e", "--exercise", "names", multiple=True, help="Check this exercise only; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
def check(paths: tuple[Path, ...], names: tuple[str, ...], as_json: bool) -> None:
    """Check notebooks or Python files, or all notebooks in a folder, against the public cases.

    Without PATHS, check the notebooks in the folder `work`, or in this folder.

    Exit code 0 if every case of every exercise passed, 1 if not, 2 if a file cannot be checked, 3 if the grader failed.
    """
    from autograder import syllabus
    from autograder.evidence import GraderFault
    from autograder.intake.unit_files import read_unit_files
    from autograder.shells import report

    submissions, bad = _read_all(paths or (Path("work" if os.path.isdir("work") else "."),))
    bad += find_unknown(names) or _find_elsewhere(names, {submission.unit for submission in submissions})
    for sentence in bad:
        click.echo(f"autograder: {sentence}", err=True)
    errors = Console(stderr=True)
    results = {}
    with new_grader() as grader, errors.status("importing PyTorch"):
        for submission in submissions:
            exercises = [e for e in syllabus.unit_named(submission.unit).exercises if not names or e.name in names]
            try:
                if exercises:
                    files = read_unit_files(Path(), submission.unit)
                    results[submission.path] = grader.grade(submission, exercises, files=files)
            except GraderFault as fault:
                click.echo(f"autograder: the grader failed, and this is not your fault: {fault}", err=True)
                sys.exit(GRADER_FAULT)
    say_what_is_missing(grader)
    if as_json:
        click.echo(report.render_json(results))
    else:
        _print_tables(results)
    passed = all(grade.is_settled for grades in results.values() for grade in grades)
    sys.exit(BAD_INPUT if bad else ALL_PASSED if passed else NOT_ALL_PASSED)


def new_grader(require_sandbox: bool = False, follow_through: bool = True) -> Any:
    """The grader of one command, to be used as a context."""
    from autograder.grading import Grader

    return Grader(require_sandbox=require_sandbox, follow_through=follow_through)


def _read_all(paths: tuple[Path, ...]) -> tuple[list, list[str]]:
    from autograder.intake.files import BadSubmission
    from autograder.intake.submission import read_to_check

    submissions, bad = [], []
    for path in paths:
        files = [path]
        if os.path.isdir(path):
            files = [file for file in sorted(path.rglob("*.ipynb")) if file.parent.name not in NOT_THEIRS]
        if not files:
            bad.append(f"{path}: there is no notebook in this folder")
        for file in files:
            try:
                submissions.append(read_to_check(file))
            except BadSubmission as error:
                bad.append(str(error))
    return submissions, bad


def find_unknown(names: tuple[str, ...]) -> list[str]:
    """A sentence for each name that no exercise has."""
    from autograder import syllabus

    return [syllabus.explain_unknown(name) for name in names if name not in syllabus.exercise_names()]


def _find_elsewhere(names: tuple[str, ...], units: set[str]) -> list[str]:
    from autograder import syllabus

    said = {name: syllabus.unit_of(name).name for name in names}
    return [f"{name} is an exercise of {unit}, and no file here is" for name, unit in said.items() if unit not in units]


def _print_tables(results: dict) -> None:
    from autograder.shells import report

    console = Console(soft_wrap=False)
    for path, grades in results.items():
        console.rule(Text(path), align="left", style="dim")
        console.print(report.render_text(grades))
    if len(results) > 1:
        console.rule("all files", align="left", style="dim")
        console.print(report.render_overview(results))


def stop(*sentences: str) -> NoReturn:
    """Say what is wrong with the command, and end."""
    for sentence in sentences:
        click.echo(f"autograder: {sentence}", err=True)
    sys.exit(BAD_INPUT)


def say_what_is_missing(grader: Any) -> None:
    """A line about the layers of the sandbox that this machine lacks, if there are any."""
    from autograder.execution.executor import describe_missing

    if missing := grader.executor.missing:
        click.echo(f"autograder: the sandbox is not complete on this machine: {describe_missing(missing)}", err=True)


@main.command()
def doctor() -> None:
    """Say which layers of the sandbox this machine has.

    Exit code 0 if all of them are active, 1 if one is missing, 3 if no worker can be started.
    """
    from autograder.evidence import GraderFault
    from autograder.shells import report

    try:
        with new_grader() as grader, Console(stderr=True).status("starting a worker"):
            missing = grader.executor.missing_layers()
    except GraderFault as fault:
        click.echo(f"autograder: {fault}", err=True)
        sys.exit(GRADER_FAULT)
    Console().print(report.render_layers(missing))
    sys.exit(NOT_ALL_PASSED if missing else ALL_PASSED)


@main.command()
@click.argument("notebook", type=click.Path(path_type=Path))
@click.argument("exercise", required=False)
@click.option(
    "--course",
    default=".",
    show_default=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The course's folder; where it has no releases, those that are installed are taken.",
)
def reset(notebook: Path, exercise: str | None, course: Path) -> None:
    """Give back the NOTEBOOK as it was released, or only one EXERCISE of it (or a written question).

    What you had is kept in the folder `backup` beside it, under a name with the time. Close the notebook in JupyterLab
    or VS Code before, or reload it from disk afterwards.

    Exit code 0, or 2 if nothing was changed; a sentence says why.
    """
    from autograder.shells import reset as resetting

    try:
        release = resetting.find_release(notebook, course)
        if exercise:
            kept: Path | None = resetting.reset_exercise(notebook, exercise, release)
        else:
            kept = resetting.reset_notebook(notebook, release)
    except (resetting.CannotReset, OSError) as error:
        stop(str(error))
    what = f"{exercise} in {notebook}" if exercise else f"{notebook}"
    click.echo(f"{what} is as it was released" + (f"; what you had is in {kept}" if kept else ""))


if __name__ == "__main__":
    main()
