"""The command `autograder audit`."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track

from autograder.shells.command_line import ALL_PASSED, NOT_ALL_PASSED, find_unknown, stop

FILE = click.Path(path_type=Path)
WIDEST = 100  # a line that is easily read


@click.command()
@click.argument("file", type=FILE)
@click.option("-e", "--exercise", "exercise_name", required=True, help="The exercise that the tests are for.")
@click.option("-t", "--test", "functions", multiple=True, help="Call this function only; may be repeated.")
@click.option("--module", default="", help="Run FILE with pytest, with the candidate in this module.")
@click.option("--name", default="", help="What the candidate replaces there [default: the exercise's name].")
@click.option("--adapter", type=FILE, help="A file whose adapt(candidate) gives what the tests can call.")
@click.option("--ignore", "ignored", multiple=True, help="Leave out the candidate of this name; may be repeated.")
@click.option("--timeout", default=60, show_default=True, type=click.IntRange(1), help="Seconds for one candidate.")
@click.option("--json", "as_json", type=FILE, help="Write what was found to this file, with all candidates.")
def audit(
    file: Path,
    exercise_name: str,
    functions: tuple[str, ...],
    module: str,
    name: str,
    adapter: Path | None,
    ignored: tuple[str, ...],
    timeout: int,
    as_json: Path | None,
) -> None:
    """Try another course's tests on right and wrong implementations of an exercise.

    FILE has functions test_...(candidate), which raise an error for an implementation that they refuse. With --module,
    pytest runs FILE again and again while the function or class that it imports from that module is replaced. The
    report says which wrong implementations the tests accept, and which right ones they refuse.

    The tests run as you, without a sandbox: audit only files that you trust.

    Exit code 0 if all right implementations are accepted and all wrong ones refused, 1 if not, 2 if the audit cannot be
    run; a sentence says why.
    """
    from autograder import syllabus
    from instructor.audit import report
    from instructor.audit.candidates import find_candidates
    from instructor.audit.trying import Audited, CannotRun

    tests = Audited(file, functions, module, name or exercise_name, adapter)
    if bad := [*_find_bad_files(tests, as_json), *_find_bad_options(exercise_name, functions, module, name)]:
        stop(bad[0])
    exercise = syllabus.exercise(exercise_name)
    candidates = find_candidates(exercise)
    if unknown := set(ignored) - {candidate.name for candidate in candidates}:
        stop(f"{exercise_name} has no candidate {min(unknown)}: --ignore takes the names that a report shows")
    try:
        tried = _try_all(tests, exercise_name, [c for c in candidates if c.name not in ignored], timeout)
        if as_json:
            as_json.write_text(json.dumps(report.as_data(exercise, str(file), tried), indent=2) + "\n", "utf-8")
    except (CannotRun, OSError) as error:
        stop(str(error))
    click.echo(report.render(exercise, tried, min(Console().width, WIDEST)))
    sys.exit(NOT_ALL_PASSED if any(one.is_judged_wrongly for one in tried) else ALL_PASSED)


def _find_bad_files(tests: Any, as_json: Path | None) -> list[str]:
    """A sentence for each file or folder that is not what it has to be."""
    bad = [] if tests.path.exists() else [f"{tests.path}: there is no such file"]
    files = [path for path in (None if tests.module else tests.path, tests.adapter) if path]
    bad += [f"{path} is not a Python file" for path in files if path.suffix != ".py" or not path.is_file()]
    if as_json and not (as_json.absolute().parent.is_dir() and not as_json.is_dir()):
        bad.append(f"{as_json} cannot be written: its folder is not there, or it is a folder itself")
    if as_json and as_json.absolute() in {path.absolute() for path in (tests.path, *files)}:
        bad.append(f"{as_json} is one of the files that are audited, and would be overwritten")
    return bad


def _find_bad_options(exercise_name: str, functions: tuple[str, ...], module: str, name: str) -> list[str]:
    """A sentence for each option that cannot be followed."""
    from autograder import syllabus

    bad = find_unknown((exercise_name,))
    if not bad and (tested := syllabus.exercise(exercise_name).tests):
        bad.append(f"{exercise_name} asks for a test itself: audit tests of {tested}")
    if functions and module:
        bad.append("--test and --module exclude each other: with --module, pytest chooses the tests")
    if name and not module:
        bad.append("--name goes with --module: it says what the candidate replaces in that module")
    return bad


def _try_all(tests: Any, exercise_name: str, candidates: Sequence[Any], seconds: int) -> list[Any]:
    """Try the tests on every candidate, and show how far this is. Raises CannotRun."""
    from instructor.audit.process import OwnProcess
    from instructor.audit.report import Tried
    from instructor.audit.trying import CannotRun

    errors = Console(stderr=True)
    with OwnProcess(tests, exercise_name, seconds) as process:
        shown = track(candidates, "auditing", console=errors, disable=not errors.is_terminal)
        tried = [Tried(candidate, process.try_on(candidate.name)) for candidate in shown]
    if tried and not any(one.said.used for one in tried):
        reason = next((f"; they fail with {one.said.reason}" for one in tried if one.said.reason), "")
        raise CannotRun(f"the tests in {tests.path} never use {tests.module}.{tests.name}{reason}")
    return tried
