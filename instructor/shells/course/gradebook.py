"""What each student has in nbgrader's gradebook: by exercise, and as regular, bonus, written, late and total."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder import syllabus

CONFIG = "nbgrader_config.py"
SQLITE = "sqlite:///"


class NoGradebook(Exception):
    """There is no gradebook here, or not this assignment; the message says so."""


@dataclass(frozen=True)
class Line:
    """One student and one assignment: `total` is regular, bonus and manual points less the late penalty, at least 0.

    `waiting` counts the answers that a person has not marked yet. Who handed in nothing has no points and
    `handed_in` False.
    """

    student: str
    first_name: str
    last_name: str
    email: str
    lms_user_id: str
    assignment: str
    possible: float
    handed_in: bool = False
    exercises: dict[str, float] = field(default_factory=dict)
    regular: float = 0.0
    bonus: float = 0.0
    manual: float = 0.0
    late: float = 0.0
    total: float = 0.0
    waiting: int = 0


def read_lines(course: Path, assignment: str | None = None) -> list[Line]:
    """A line for each student and assignment, or for one assignment. Raises NoGradebook."""
    with _open(course) as gradebook:
        known = {found.name: found for found in gradebook.assignments}
        if assignment and assignment not in known:
            raise NoGradebook(f"there is no assignment {assignment} in the gradebook; there are {', '.join(known)}")
        wanted = [known[assignment]] if assignment else sorted(known.values(), key=lambda found: found.name)
        students = sorted(gradebook.students, key=lambda student: student.id)
        return [_read_line(gradebook, student, one) for one in wanted for student in students]


def _open(course: Path) -> Gradebook:
    config = Config()
    if (course / CONFIG).is_file():
        config = PyFileConfigLoader(CONFIG, str(course.resolve())).load_config()
    else:
        config.CourseDirectory.root = str(course.resolve())
    folder = CourseDirectory(config=config)
    if folder.db_url.startswith(SQLITE) and not Path(folder.db_url.removeprefix(SQLITE)).is_file():
        raise NoGradebook(f"there is no gradebook in {course}: first run nbgrader generate_assignment and autograde")
    return Gradebook(folder.db_url, folder.course_id)


def _read_line(gradebook: Gradebook, student: Any, assignment: Any) -> Line:
    nothing = Line(
        student=student.id,
        first_name=student.first_name or "",
        last_name=student.last_name or "",
        email=student.email or "",
        lms_user_id=student.lms_user_id or "",
        assignment=assignment.name,
        possible=assignment.max_score,
    )
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return nothing
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    parts = {"regular": 0.0, "bonus": 0.0, "manual": 0.0}
    for grade in grades:
        parts[_kind(grade.name)] += grade.score
    late = submission.late_submission_penalty or 0.0
    return replace(
        nothing,
        handed_in=True,
        exercises=_in_order({grade.name: round(grade.score, 2) for grade in grades}),
        late=round(late, 2),
        total=round(max(sum(parts.values()) - late, 0.0), 2),
        waiting=sum(grade.needs_manual_grade for grade in grades),
        regular=round(parts["regular"], 2),
        bonus=round(parts["bonus"], 2),
        manual=round(parts["manual"], 2),
    )


def _kind(name: str) -> str:
    if name not in syllabus.exercise_names():
        return "manual"
    return "bonus" if syllabus.exercise(name).bonus else "regular"


def _in_order(scores: dict[str, float]) -> dict[str, float]:
    """By the order of the bank, questions last."""
    order = {name: place for place, name in enumerate(syllabus.exercise_names())}
    return {name: scores[name] for name in sorted(scores, key=lambda name: (order.get(name, len(order)), name))}


def waiting_for_marks(lines: list[Line]) -> Iterator[str]:
    """A sentence where a person has not marked all answers."""
    open_lines = [line for line in lines if line.waiting]
    if open_lines:
        students = len({line.student for line in open_lines})
        answers = sum(line.waiting for line in open_lines)
        yield f"{answers} answers of {students} students are not marked yet; they count as 0 here"
