"""The command `autograder`."""

import os
import signal
import sys
import threading
from io import TextIOWrapper
from pathlib import Path
from time import monotonic as seconds
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.progress import track
from rich.text import Text

from autograder.shells.course.commands import COMMANDS, FORMATS, UNIT, write_result_file

ALL_PASSED, NOT_ALL_PASSED, BAD_INPUT, GRADER_FAULT = 0, 1, 2, 3


@click.group()
@click.version_option(package_name="transformers-from-scratch")
def main() -> None:
    """Check and build the notebooks of Transformers from Scratch."""
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
@click.argument("paths", nargs=-1, required=True, type=click.Path(readable=False, path_type=Path))
@click.option("-e", "--exercise", "names", multiple=True, help="Check this exercise only; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
def check(paths: tuple[Path, ...], names: tuple[str, ...], as_json: bool) -> None:
    """Check notebooks or Python files (or all notebooks in a folder) against the public cases.

    Exit code 0 if every case of every exercise passed, 1 if not, 2 if a file cannot be checked, 3 if the grader failed.
    """
    from autograder import bank
    from autograder.evidence import GraderFault
    from autograder.intake.unit_files import read_unit_files
    from autograder.shells import report

    submissions, bad = _read_all(paths)
    bad += _find_unknown(names) or _find_elsewhere(names, {submission.unit for submission in submissions})
    for sentence in bad:
        click.echo(f"autograder: {sentence}", err=True)
    errors = Console(stderr=True)
    results = {}
    with new_grader() as grader, errors.status("importing PyTorch"):
        for submission in submissions:
            exercises = [e for e in bank.units()[submission.unit].exercises if not names or e.name in names]
            try:
                if exercises:
                    files = read_unit_files(Path(), submission.unit)
                    results[submission.path] = grader.grade(submission, exercises, files=files)
            except GraderFault as fault:
                click.echo(f"autograder: the grader failed, and this is not your fault: {fault}", err=True)
                sys.exit(GRADER_FAULT)
    _say_what_is_missing(grader)
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
    from autograder.intake.submission import read

    submissions, bad = [], []
    for path in paths:
        files = sorted(path.rglob("*.ipynb")) if os.path.isdir(path) else [path]
        files = [file for file in files if ".ipynb_checkpoints" not in file.parts]
        if not files:
            bad.append(f"{path}: there is no notebook in this folder")
        for file in files:
            try:
                submissions.append(read(file))
            except BadSubmission as error:
                bad.append(str(error))
    return submissions, bad


def _find_unknown(names: tuple[str, ...]) -> list[str]:
    from autograder import bank

    return [bank.explain_unknown(name) for name in names if name not in bank.exercise_names()]


def _find_elsewhere(names: tuple[str, ...], units: set[str]) -> list[str]:
    from autograder import bank

    said = {name: bank.unit_of(name).name for name in names}
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


def _stop(*sentences: str) -> NoReturn:
    for sentence in sentences:
        click.echo(f"autograder: {sentence}", err=True)
    sys.exit(BAD_INPUT)


FILE = click.Path(dir_okay=False, path_type=Path)


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(readable=False, path_type=Path))
@click.option(
    "--course",
    default=".",
    show_default=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder that holds the course's secret; it is made at first use.",
)
@click.option("-e", "--exercise", "names", multiple=True, help="Grade this exercise only; may be repeated.")
@click.option("--json", "as_json", type=FILE, help="Write everything to this file; until the end, rows to FILE.part.")
@click.option("--csv", "as_csv", type=FILE, help="Write points and sentences to this file, likewise.")
@click.option("-u", "--unit", type=UNIT, help="The unit that is asked for, where neither folder nor file says it.")
@click.option(
    "--format", "as_format", type=click.Choice(FORMATS), help="Write one submission's result for this system."
)
@click.option("--output", type=FILE, help="Where to write that file; by default where the system looks for it.")
@click.option("--require-sandbox", is_flag=True, help="Refuse to grade where a layer of the sandbox is missing.")
@click.option("--plain-shares", is_flag=True, help="Each failing case costs its share, also where a mistake is named.")
def grade(
    paths: tuple[Path, ...],
    course: Path,
    names: tuple[str, ...],
    as_json: Path | None,
    as_csv: Path | None,
    unit: str | None,
    as_format: str | None,
    output: Path | None,
    require_sandbox: bool,
    plain_shares: bool,
) -> None:
    """Grade what was handed in, on hidden inputs too: files, or folders of them, such as nbgrader's `submitted`.

    A file that cannot be read gets no points and a sentence. What was pasted from the course's solutions, or is the
    same in two students' files, is said in the column `copied`: to you alone, and it costs no points.

    Exit code 0 if everything that was handed in has a result, right or wrong, 2 if the command cannot be carried out,
    3 if the grader failed on something.
    """
    from autograder.evidence import GraderFault
    from autograder.secret import course_secret
    from autograder.shells import class_run

    hand_ins = class_run.find_asked_for(paths, unit)
    bad = [f"--format is for one submission, and here are {len(hand_ins)}"] if as_format and hand_ins[1:] else []
    bad += [f"{path}: there is no such file or folder" for path in paths if not os.path.lexists(path)]
    bad += _find_unknown(names) + ([] if hand_ins else ["nothing has been handed in here"])
    bad += class_run.find_bad_targets([path for path in (as_json, as_csv) if path])
    if bad:
        _stop(*bad)
    started = seconds()
    try:
        secret = course_secret(course)
        with class_run.Results(as_json, as_csv) as results, new_grader(require_sandbox, not plain_shares) as grader:
            if require_sandbox:
                grader.executor.missing_layers()
            copied = class_run.find_copies(hand_ins, names, course)
            for hand_in in track(hand_ins, "grading", console=Console(stderr=True)):
                row = class_run.grade_hand_in(hand_in, names, grader, secret, course)
                results.add(row | {"copied": copied.get(hand_in, "")})
            results.finish()
            _say_what_is_missing(grader)
    except (OSError, ValueError) as error:
        _stop(str(error))
    except GraderFault as fault:
        click.echo(f"autograder: {fault}", err=True)
        sys.exit(GRADER_FAULT)
    if as_format:
        write_result_file(results.rows[0], as_format, output, seconds() - started)
    Console().print(class_run.render_table(results.rows))
    for sentence in class_run.describe_written(results.rows):
        click.echo(sentence)
    failed = any(row["outcome"] == class_run.FAULT for row in results.rows)
    sys.exit(GRADER_FAULT if failed else ALL_PASSED)


def _say_what_is_missing(grader: Any) -> None:
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
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit code 1 if a built file is out of date.")
@click.argument("course", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
def build(course: Path, only_check: bool) -> None:
    """Build source and release notebooks from the lessons in COURSE/solutions (default: this folder)."""
    from autograder.authoring import lessons
    from autograder.authoring.releases import ChangedByHand

    if not lessons.find_lessons(course):
        raise click.UsageError(f"there is no lesson, solutions/NN_unit.py, in {course.resolve()}")
    try:
        changed = list(lessons.find_stale(course)) if only_check else lessons.build(course)
    except lessons.BadLesson as error:
        raise click.UsageError(str(error)) from error
    except ChangedByHand as error:
        _stop(str(error))
    for path in changed:
        click.echo(f"{'out of date' if only_check else 'written'}: {path}")
    if not changed:
        click.echo("everything is up to date")
    sys.exit(1 if only_check and changed else 0)


for command in COMMANDS:
    main.add_command(command)


if __name__ == "__main__":
    main()
