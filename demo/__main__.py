"""`make demo`: one course round on a fresh gradebook in build/demo, with nbgrader doing the bookkeeping."""

import importlib
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import CsvExportPlugin
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from traitlets.config import Config

from autograder import syllabus
from demo.classroom import hand_in
from instructor.authoring.lessons import find_lessons, unit_name
from instructor.shells.course.class_report import make_report, read_results
from instructor.shells.course.report_text import render_report
from instructor.shells.nbgrader import configure
from instructor.shells.nbgrader.grade_isolated import grader_of_this_process

PROJECT = Path(__file__).resolve().parent.parent
COURSE = PROJECT / "build" / "demo"


def main() -> None:
    """Run the round for every unit and show what each student was told."""
    console = Console()
    console.print(f"[bold]A course round in {COURSE.relative_to(PROJECT)}[/]: release, hand in, grade, explain\n")
    started = time.monotonic()
    grader_of_this_process().executor.start()
    api = fresh_course()
    columns = TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        for assignment, unit in units():
            students = importlib.import_module(f"demo.{unit}").STUDENTS
            stages = round_of(api, assignment, students)
            task = progress.add_task(assignment, total=3 * len(students) + 2)
            for stage in stages:
                progress.update(task, description=f"{assignment}: {stage}", advance=1)
            progress.update(task, description=f"{assignment}: done")
    for assignment, unit in units():
        console.print(results_table(api, assignment, unit))
    console.print(render_report(make_report(read_results(COURSE))))
    console.print(f"\nautograder report {COURSE.relative_to(PROJECT)} shows these last tables again", highlight=False)
    export(api)
    show_paths(console)
    console.print(f"\n{time.monotonic() - started:.0f} seconds")


def fresh_course() -> NbGraderAPI:
    """Make an empty course folder with our lessons and nbgrader's API on it."""
    shutil.rmtree(COURSE, ignore_errors=True)
    COURSE.mkdir(parents=True)
    for assignment, _ in units():
        shutil.copytree(PROJECT / "solutions" / assignment, COURSE / "solutions" / assignment)
    shutil.copy(PROJECT / "nbgrader_config.py", COURSE)
    config = Config()
    configure(config, COURSE)
    config.CourseDirectory.course_id = "demo"
    return NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)


def units() -> list[tuple[str, str]]:
    """The assignments and their units, in the order of the course."""
    return [(lesson.stem, unit_name(lesson)) for lesson in find_lessons(PROJECT)]


def round_of(api: NbGraderAPI, assignment: str, students: dict) -> Iterator[str]:
    """Release, hand in, grade and give feedback; yields after each step, with its name."""
    _require(api.generate_assignment(assignment), "release")
    yield "released"
    hand_in(COURSE, assignment, students)
    for student in students:
        yield f"handed in by {student}"
    for student in students:
        _require(api.autograde(assignment, student), f"grading {student}")
        yield f"graded {student}"
    for student in students:
        _require(api.generate_feedback(assignment, student), f"feedback for {student}")
        yield f"feedback for {student}"
    yield "done"


def _require(result: dict, step: str) -> None:
    if not result["success"]:
        sys.exit(f"{step} failed:\n{result.get('error') or ''}\n{result.get('log') or ''}")


def results_table(api: NbGraderAPI, assignment: str, unit: str) -> Table:
    """One row for each student: the points in the gradebook, and the sentence that the student was told."""
    table = Table(title=f"\n{assignment}", title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    table.add_column("student")
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("was told")
    by_grader = {e.name for e in syllabus.units()[unit].exercises}
    possible = sum(e.points for e in syllabus.units()[unit].exercises if not e.bonus)
    with Gradebook(api.coursedir.db_url) as gradebook:
        for student in sorted(gradebook.assignment_submissions(assignment), key=lambda s: s.student_id):
            graded = gradebook.find_submission_notebook(unit, assignment, student.student_id)
            earned = sum(grade.score for grade in graded.grades if grade.name in by_grader)
            table.add_row(
                student.student_id, f"{earned:g} / {possible:g}", Text(told(student.student_id, assignment, unit))
            )
    return table


def told(student: str, assignment: str, unit: str) -> str:
    """The sentence for a student, as the grader left it in the graded notebook."""
    notebook = nbformat.read(COURSE / "autograded" / student / assignment / f"{unit}.ipynb", as_version=4)
    return notebook.metadata.autograder.sentence


def export(api: NbGraderAPI) -> None:
    """Write the gradebook as CSV."""
    with Gradebook(api.coursedir.db_url) as gradebook:
        CsvExportPlugin(to=str(COURSE / "grades.csv")).export(gradebook)


def show_paths(console: Console) -> None:
    """Say where everything is."""
    feedback = COURSE / "feedback" / "{student}" / "{assignment}" / "{unit}.html"
    for name, path in (
        ("feedback", feedback),
        ("grades", COURSE / "grades.csv"),
        ("gradebook", COURSE / "gradebook.db"),
    ):
        console.print(f"{name:<10} {path.relative_to(PROJECT)}", highlight=False)


if __name__ == "__main__":
    main()
