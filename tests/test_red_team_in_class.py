"""The whole red team in one class, graded by two jobs: everyone has a grade and a sentence, nobody else's is touched.

`make teeth` hands in every attack there is, 326 in five assignments and 311 of them in attention, with an honest
student after every twelfth. Otherwise five attacks and two honest students stand for them.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder import syllabus
from autograder.intake import submission as intake
from autograder.intake.code import Code
from demo.classroom import submission
from instructor.shells.class_store import FILE_NAME, unpack
from tests import red_team
from tests.red_team import ATTACKS, Attack, Surroundings, attack_of, attacked
from tests.sampled import SHARE, sample

PROJECT = Path(__file__).resolve().parent.parent
UNUSUAL = sorted((PROJECT / "tests" / "unusual" / "attention").glob("*.py"))
ASSIGNMENTS = {path.name.partition("_")[2]: path.name for path in (PROJECT / "solutions").iterdir() if path.is_dir()}
SECRET = "5" * 64
WHOLE = SHARE == 0
AN_HONEST_ONE_EVERY = 13 if WHOLE else 5
FEW = 5
WRITTEN = {
    "gradebook.db",
    "autograded",
    "feedback",
    *(f"{FILE_NAME}{end}" for end in ("", "-wal", "-shm")),
    ".grades.lock",
}
GRADES = """SELECT s.student_id, c.name, g.auto_score, g.extra_credit, g.needs_manual_grade
FROM grade g JOIN base_cell c ON c.id = g.cell_id JOIN submitted_notebook n ON n.id = g.notebook_id
JOIN submitted_assignment s ON s.id = n.assignment_id ORDER BY 1, 2"""


@dataclass(frozen=True)
class Student:
    """A member of the class: the notebook that is handed in, and the attack where it is one."""

    name: str
    unit: str
    notebook: NotebookNode
    attack: Attack | None = None

    @property
    def place(self) -> Path:
        """Where the notebook is, in `submitted` and in `autograded`."""
        return Path(self.name, ASSIGNMENTS[self.unit], f"{self.unit}.ipynb")


@cache
def notebooks_of(unit: str) -> tuple[NotebookNode, NotebookNode]:
    """The source and the release."""
    place = Path(ASSIGNMENTS[unit], f"{unit}.ipynb")
    source, release = (nbformat.read(PROJECT / part / place, as_version=4) for part in ("solutions", "assignments"))
    return source, release


def names_in(unit: str) -> list[str]:
    return [exercise.name for exercise in syllabus.units()[unit].exercises]


def spread(read: intake.Submission, exercise: str) -> NotebookNode:
    """A notebook with the cells of a file in their order: the one that defines an exercise in the cell for it, and
    others before and after it as cells of the student's own."""
    elsewhere = {name: "# in another cell" if read.code.defines(name) else None for name in names_in(read.unit)}
    notebook = submission(*notebooks_of(read.unit), elsewhere)
    tags = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    place = tags.index(f"{exercise}-solution")
    middle = [n for n, source in read.cells.items() if Code({n: source}).defines(exercise)][-1]
    notebook.cells[place].source = read.cells[middle]
    notebook.cells[place + 1 : place + 1] = [new_code_cell(s) for n, s in read.cells.items() if n > middle]
    notebook.cells[place:place] = [new_code_cell(s) for n, s in read.cells.items() if n < middle]
    return notebook


def attacker(number: int, path: Path) -> Student:
    """An attack in the cell of what it attacks, or, where its own code attacks no exercise, of what it defines."""
    read, attack = intake.read(path), attack_of(path)
    targets = attacked(attack, read) or set(filter(read.code.defines, names_in(read.unit)))
    exercise = next(filter(targets.__contains__, names_in(read.unit)))
    return Student(f"{number:03d} {path.stem}", read.unit, spread(read, exercise), attack)


def honest(number: int) -> Student:
    """One who has done everything, has done it in an unusual way, or has not finished."""
    kind, names = number // AN_HONEST_ONE_EVERY % 3, names_in("attention")
    if kind == 1:
        read = intake.read(UNUSUAL[number % len(UNUSUAL)], "attention")
        notebook = spread(read, next(filter(read.code.defines, names)))
    else:
        left_open = names[1 + number % (len(names) - 1) :] if kind else []
        notebook = submission(*notebooks_of("attention"), dict.fromkeys(left_open))
    notebook.cells.append(new_code_cell(f"# student {number}"))
    return Student(f"{number:03d} honest", "attention", notebook)


def all_students() -> list[Student]:
    """The class in the order in which it is graded: that of the names, in each assignment."""
    students: list[Student] = []
    for path in ATTACKS if WHOLE else a_few():
        if len(students) % AN_HONEST_ONE_EVERY == 0:
            students.append(honest(len(students)))
        students.append(attacker(len(students), path))
    return students


def a_few() -> list[Path]:
    """Attacks on attention, drawn by each version of the course, that do not use up their time."""
    quick = [path for path in ATTACKS if "timed out" not in attack_of(path).outcomes]
    return list(sample([path for path in quick if intake.read(path).unit == "attention"], len(quick), FEW))[:FEW]


# ---- the class, with its attackers and without them


@dataclass(frozen=True)
class Graded:
    """A class that was graded by two jobs, the same without its attackers by one, and what is wrong around it
    afterwards."""

    students: Sequence[Student]
    course: Path
    without: Path
    left: Sequence[str]
    changed: Mapping[str, object]

    @property
    def attackers(self) -> list[Student]:
        """Those who attack."""
        return [student for student in self.students if student.attack]


def run(course: Path, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does; what is temporary is kept in a folder."""
    environment = os.environ | {"PYTHONPATH": str(PROJECT)} | ({"TMPDIR": str(folder)} if folder else {})
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, check=False)


def make_course(course: Path, units: set[str]) -> None:
    """A course of some units in which nobody has handed in."""
    for unit in units:
        shutil.copytree(PROJECT / "solutions" / ASSIGNMENTS[unit], course / "solutions" / ASSIGNMENTS[unit])
    shutil.copy(PROJECT / "nbgrader_config.py", course)
    (course / ".course_secret").write_text(SECRET)
    for unit in units:
        done = run(course, "nbgrader", "generate_assignment", ASSIGNMENTS[unit])
        assert done.returncode == 0, done.stderr


def hand_in(course: Path, students: Sequence[Student]) -> None:
    for student in students:
        path = course / "submitted" / student.place
        path.parent.mkdir(parents=True)
        nbformat.write(student.notebook, path)


def grade(course: Path, folder: Path, jobs: int) -> None:
    """Grade all that was handed in. Exit code 0 says that everything has a result, right or wrong."""
    done = run(course, "autograder", "grade", "--jobs", str(jobs), "--feedback", folder=folder)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-2000:]}"


def stamps_of(course: Path) -> dict[str, tuple[int, int]]:
    """All that is not for the grader to write."""
    kept = [path for path in course.rglob("*") if path.relative_to(course).parts[0] not in WRITTEN]
    return red_team.stamps(kept)


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    """Everything that an attack could reach; the course's folder is not among what is temporary."""
    tmp_path_factory.getbasetemp()
    with red_team.surroundings(libraries=()) as surroundings:
        if not red_team.may_attack(surroundings.executor, surroundings.bystander):
            pytest.fail("the worker can signal other processes of this machine: use tests/contained.sh")
        yield surroundings


@pytest.fixture(scope="module")
def graded(around: Surroundings, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    students, without = all_students(), tmp_path_factory.mktemp("without")
    make_course(without, {student.unit for student in students})
    hand_in(without, [student for student in students if not student.attack])
    course = shutil.copytree(without, tmp_path_factory.mktemp("with") / "course")
    hand_in(course, [student for student in students if student.attack])
    grade(without, around.folder, jobs=1)
    before = stamps_of(course)
    grade(course, around.folder, jobs=2)
    after = stamps_of(course)
    changed = {name: after.get(name) for name in before.keys() | after if before.get(name) != after.get(name)}
    return Graded(students, course, without, around.aftermath(), changed)


def rows_of(course: Path) -> dict[tuple[str, str], tuple[float | None, ...]]:
    """What the gradebook says, by student and cell."""
    with closing(sqlite3.connect(course / "gradebook.db")) as gradebook:
        return {(student, cell): tuple(rest) for student, cell, *rest in gradebook.execute(GRADES)}


def own_metadata(course: Path, student: Student) -> NotebookNode:
    return nbformat.read(course / "autograded" / student.place, as_version=4).metadata.autograder


def page_of(course: Path, student: Student) -> Path:
    return course / "feedback" / student.place.with_suffix(".html")


def test_everyone_has_a_grade_and_a_sentence_and_whoever_fails_is_told_why(graded):
    rows = rows_of(graded.course)
    for student in graded.students:
        said = own_metadata(graded.course, student)
        assert said.sentence and set(said.exercises) == set(names_in(student.unit)), student.name
        assert [name for name in said.exercises if rows[student.name, name][0] is None] == [], student.name
        wrong = [e for e in said.exercises.values() if e.outcome not in ("passed", "not attempted")]
        assert all(e.mend for e in wrong), student.name
        page = page_of(graded.course, student).read_text(encoding="utf-8")
        assert all(escape(name) in page for name in names_in(student.unit)), student.name


def test_no_attack_earns_more_than_what_is_honest_in_it(graded):
    rows = rows_of(graded.course)
    for student in graded.attackers:
        for name, exercise in own_metadata(graded.course, student).exercises.items():
            booked = sum(filter(None, rows[student.name, name][:2]))
            earned = max(exercise["score"], booked)
            assert earned <= student.attack.honest.get(name, 0.0), (student.name, name)


def test_honest_students_have_what_they_have_in_a_class_without_attackers(graded):
    names = [student.name for student in graded.students if not student.attack]
    assert len(names) >= len(graded.students) // AN_HONEST_ONE_EVERY
    rows, alone = rows_of(graded.course), rows_of(graded.without)
    assert {at: row for at, row in rows.items() if at[0] in names} == alone != {}
    for folder in ("autograded", "feedback"):
        files = [path for path in sorted((graded.without / folder).rglob("*")) if path.is_file()]
        assert {path.relative_to(graded.without).parts[1] for path in files} == set(names)
        for path in files:
            assert path.read_bytes() == (graded.course / path.relative_to(graded.without)).read_bytes(), path


def test_no_report_tells_a_hidden_input_or_holds_what_a_terminal_or_a_page_would_carry_out(graded):
    with closing(sqlite3.connect(graded.course / FILE_NAME)) as store:
        packed = [bytes(row[0]) for row in store.execute("SELECT grades FROM grades")]
    assert len(packed) > len(graded.attackers) // 2
    assert [fault for one in packed for fault in red_team.faults_in_report(unpack(one, SECRET))] == []


def test_nothing_is_left_and_nothing_else_is_written(graded):
    assert (graded.left, graded.changed) == ([], {})
    handed_out = {"solutions", "assignments", "submitted", "nbgrader_config.py", ".course_secret"}
    assert {path.name for path in graded.course.iterdir()} <= WRITTEN | handed_out
    assert len(graded.attackers) == (len(ATTACKS) if WHOLE else FEW)
