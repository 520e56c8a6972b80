"""The commands that need the answers: grade, build and bundle, beside those in `course/`."""

import os
import sys
from pathlib import Path
from time import monotonic as seconds
from typing import NoReturn

import click
from rich.console import Console
from rich.progress import track

from autograder.shells.command_line import (
    ALL_PASSED,
    GRADER_FAULT,
    find_unknown,
    new_grader,
    say_what_is_missing,
    stop,
)
from instructor.shells.course.commands import FORMATS, UNIT, write_result_file

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(readable=False, path_type=Path))
@click.option(
    "--course",
    default=".",
    show_default=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The course's folder. It holds the secret, which is made at first use.",
)
@click.option("-j", "--jobs", type=click.IntRange(1), help="Assignments: how many to grade at once [default: cores].")
@click.option("--student", help="Assignments: grade this student only.")
@click.option("--regrade", is_flag=True, help="Assignments: run everything again, also what has not changed.")
@click.option("--scheduler", help="Assignments: grade on this Dask cluster, as in tls://HOST:8786 (docs/scale.md).")
@click.option("--feedback", is_flag=True, help="Assignments: write the pages with feedback, too.")
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
    jobs: int | None,
    student: str | None,
    regrade: bool,
    scheduler: str | None,
    feedback: bool,
    names: tuple[str, ...],
    as_json: Path | None,
    as_csv: Path | None,
    unit: str | None,
    as_format: str | None,
    output: Path | None,
    require_sandbox: bool,
    plain_shares: bool,
) -> None:
    """Grade what was handed in, on hidden inputs too: a course's assignments, or files and folders of them.

    PATHS are assignments such as 02_attention. Without PATHS, all are graded of which something is in `submitted`. The
    grades go into nbgrader's gradebook, and the graded notebooks into `autograded`. Grades are kept in .grades.db: what
    has not changed is not run again, and after an interruption the same command goes on. With other PATHS, the results
    of these files or folders are shown, and may be written to files; the gradebook is not touched.

    A file that cannot be read gets no points and a sentence. What was pasted from the course's solutions, or is the
    same in two students' files, is said in the column `copied`: to you alone, and it costs no points.

    Exit code 0 if everything that was handed in has a result, right or wrong, 2 if the command cannot be carried out,
    3 if the grader failed on something.
    """
    from autograder.evidence import GraderFault
    from autograder.secret import course_secret
    from instructor.shells import class_run

    assignments = [path.name for path in paths if _is_assignment(path, course)]
    for_paths = (names, as_json, as_csv, unit, as_format, output, require_sandbox, plain_shares)
    if len(assignments) == len(paths):
        if any(for_paths):
            only = "--course, --jobs, --student, --regrade, --feedback and --scheduler"
            stop(f"only {only} go with assignments: give files, too")
        _grade_course(course, assignments, jobs, student, regrade, feedback, scheduler or "")
    if assignments or jobs or student or regrade or feedback or scheduler:
        stop("assignments have options of their own, and cannot be mixed with files and folders")
    hand_ins = class_run.find_asked_for(paths, unit)
    bad = [f"--format is for one submission, and here are {len(hand_ins)}"] if as_format and hand_ins[1:] else []
    bad += [f"{path}: there is no such file or folder" for path in paths if not os.path.lexists(path)]
    bad += find_unknown(names) + ([] if hand_ins else ["nothing has been handed in here"])
    bad += class_run.find_bad_targets([path for path in (as_json, as_csv) if path])
    if bad:
        stop(*bad)
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
            say_what_is_missing(grader)
    except (OSError, ValueError) as error:
        stop(str(error))
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


def _is_assignment(path: Path, course: Path) -> bool:
    """Whether an assignment of the course is meant, and no file or folder."""
    places = [course / folder for folder in ("solutions", "assignments")]
    known = {found.name for place in places if place.is_dir() for found in place.iterdir() if found.is_dir()}
    return str(path) in known and not os.path.lexists(path)


def _grade_course(
    course: Path,
    assignments: list[str],
    jobs: int | None,
    student: str | None,
    regrade: bool,
    feedback: bool,
    scheduler: str,
) -> NoReturn:
    """Grade a course's `submitted` into its gradebook, say what was done, and end."""
    from autograder.evidence import GraderFault
    from instructor.shells.class_jobs import count_cores
    from instructor.shells.cluster_jobs import ClusterGone, NoCluster, warn_of
    from instructor.shells.course.one_run import one_run
    from instructor.shells.nbgrader import grade_course
    from instructor.shells.nbgrader.class_progress import ClassProgress

    console = Console(stderr=True)
    if scheduler and (warning := warn_of(scheduler)):
        console.print(f"autograder: {warning}", soft_wrap=True)
    try:
        with one_run(course, lambda sentence: console.print(f"autograder: {sentence}", soft_wrap=True)):
            run = grade_course.CourseRun(course, assignments, student or "*")
            with ClassProgress(console) as progress:
                outcome = run.grade(jobs or count_cores(), regrade, progress, feedback, scheduler)
    except (grade_course.CannotGrade, NoCluster, OSError, ValueError) as error:
        stop(str(error))
    except (GraderFault, ClusterGone) as fault:
        click.echo(f"autograder: {fault}", err=True)
        sys.exit(GRADER_FAULT)
    for sentence in grade_course.describe(outcome):
        click.echo(sentence)
    sys.exit(GRADER_FAULT if outcome.failed or outcome.given_up else ALL_PASSED)


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit code 1 if a built file is out of date.")
@click.argument("course", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
def build(course: Path, only_check: bool) -> None:
    """Build source and release notebooks from the lessons in COURSE/solutions (default: this folder)."""
    from instructor.authoring import lessons
    from instructor.authoring.changed_by_hand import ChangedByHand

    if not lessons.find_lessons(course):
        raise click.UsageError(f"there is no lesson, solutions/NN_unit.py, in {course.resolve()}")
    try:
        changed = list(lessons.find_stale(course)) if only_check else lessons.build(course)
    except lessons.BadLesson as error:
        raise click.UsageError(str(error)) from error
    except ChangedByHand as error:
        stop(str(error))
    for path in changed:
        click.echo(f"{'out of date' if only_check else 'written'}: {path}")
    if not changed:
        click.echo("everything is up to date")
    sys.exit(1 if only_check and changed else 0)


class Units(click.ParamType):
    """Names of units, or of their assignments, with commas between them."""

    name = "units"

    def convert(self, value: str, parameter: click.Parameter | None, context: click.Context | None) -> list[str]:
        """The units' names."""
        names = filter(None, (part.strip() for part in value.split(",")))
        return [UNIT.convert(name, parameter, context) for name in names]


@click.command()
@click.argument("folder", default="bundle", type=click.Path(file_okay=False, path_type=Path))
@click.option("-u", "--units", multiple=True, type=Units(), help="These units only, as in attention,encoder.")
@click.option("--course", "name", default="", help="The course's name, for the students' README.")
@click.option(
    "--source",
    default=".",
    show_default=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The course's folder, which has solutions/ and assignments/.",
)
def bundle(folder: Path, units: tuple[list[str], ...], name: str, source: Path) -> None:
    """Write what students get into FOLDER (default: bundle) and a zip beside it, without a line of an answer.

    Hand out the zip, or push the folder as a template repository. An older bundle in FOLDER is replaced; other files in
    it, such as .git, stay. Nothing is written where notebooks or records are out of date, where somebody has worked in
    the older bundle, where an answer would be in the new one, or where an unwritten notebook would earn a point.

    Exit code 0, or 2 if nothing was written; a sentence says why.
    """
    from instructor.bundle.build import describe_bundle, write_bundle
    from instructor.bundle.target import BadBundle

    chosen = [unit for some in units for unit in some]
    try:
        with Console(stderr=True).status("starting") as status:
            written, archive = write_bundle(source, folder, chosen, name, say=status.update)
    except OSError as error:
        stop(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except (BadBundle, RuntimeError) as error:
        stop(str(error))
    for line in describe_bundle(written, archive):
        click.echo(line)
