"""What `autograder report` writes: a table for the terminal, a page, JSON, and sheets for a defence."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType

from autograder import syllabus
from autograder.secret import course_secret
from instructor.shells.class_page.graded import Graded, read_graded
from instructor.shells.class_page.names import Names, Pseudonyms
from instructor.shells.course import class_report, report_text


@dataclass(frozen=True)
class Asked:
    """What the command was asked for. `roster` are the people whose names are to be hidden in `anonymous` reports."""

    path: Path
    course: Path
    units: Sequence[str] = ()
    anonymous: bool = False
    roster: Sequence[Any] = ()
    as_html: Path | None = None
    as_json: Path | None = None
    defence: Path | None = None
    jobs: int | None = None


def write(asked: Asked) -> Iterator[str | RenderableType]:
    """Write everything that was asked for; yields what to show. Raises NoResults, OSError, ValueError, GraderFault."""
    if not (asked.as_html or asked.as_json or asked.defence):
        yield _render_table(asked)
        return
    graded = [work for work in read_graded(asked.path) if not asked.units or work.unit in asked.units]
    if not graded:
        raise class_report.NoResults(f"nothing has been graded in {asked.path} for {', '.join(asked.units)}")
    names = make_names(asked, {work.student for work in graded})
    if asked.as_html or asked.as_json:
        yield from _write_picture(asked, graded, names)
    if asked.defence:
        yield from _write_sheets(asked, asked.defence, graded, names)


def make_names(asked: Asked, students: set[str]) -> Names:
    """How students are called: by pseudonyms of the course's secret where that is asked for."""
    if not asked.anonymous:
        return Names()
    known = {person.id: _names_of(person) for person in asked.roster}
    return Pseudonyms(course_secret(asked.course), students | known.keys(), known)


def _names_of(person: Any) -> list[str]:
    """A person's names; one of two letters or less is in too many words to be looked for."""
    parts = [*person.first_name.split(), *person.last_name.split(), person.email, person.lms_user_id]
    return [part for part in parts if len(part) > 2]


def _write_picture(asked: Asked, graded: Sequence[Graded], names: Names) -> Iterator[str]:
    from instructor.shells.class_page.page import render_page
    from instructor.shells.class_page.picture import make_picture

    picture = make_picture(graded, asked.course, names)
    if asked.as_html:
        asked.as_html.write_text(render_page(picture), encoding="utf-8", errors="backslashreplace")
        yield f"written: {asked.as_html}"
    if asked.as_json:
        text = json.dumps(picture.as_dict(), indent=2)
        asked.as_json.write_text(text + "\n", encoding="utf-8")
        yield f"written: {asked.as_json}"


def _write_sheets(asked: Asked, folder: Path, graded: Sequence[Graded], names: Names) -> Iterator[str]:
    from instructor.shells.class_jobs import count_cores
    from instructor.shells.class_page.sheets import write_sheets
    from instructor.shells.nbgrader.class_progress import ClassProgress

    progress = ClassProgress(Console(stderr=True))
    yield from write_sheets(graded, asked.course, folder, names, asked.jobs or count_cores(), progress)


def _render_table(asked: Asked) -> RenderableType:
    results = [r for r in class_report.read_results(asked.path) if not asked.units or r.unit in asked.units]
    names = make_names(asked, {result.student for result in results})
    if asked.anonymous:
        called = [replace(result, student=names.of(result.student)) for result in results]
        order = list(syllabus.units())
        results = sorted(called, key=lambda result: (order.index(result.unit), result.student))
    return report_text.render_report(class_report.make_report(results))
