"""Sheets for an oral defence: one with questions for each student, and one with the answers, made by several jobs.

The questions to a student are kept in the course's store as soon as they are known. So an interrupted run goes on where
it was, and a later one asks again only about what has changed.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, as_completed
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path

from autograder import syllabus
from autograder.evidence import GraderFault
from autograder.grading import Grader
from autograder.intake.files import BadSubmission, read_text
from instructor.shells.class_jobs import Jobs
from instructor.shells.class_page.defence import Question, ask
from instructor.shells.class_page.graded import Graded
from instructor.shells.class_page.names import Names
from instructor.shells.class_page.page import render
from instructor.shells.class_store import Checks, Store
from instructor.shells.nbgrader.class_progress import ClassProgress

STUDENTS, EXAMINER = "students", "examiner"


@dataclass
class Questions:
    """The questions to the students of a course: known from an earlier run, or asked now by so many jobs at once."""

    course: Path
    store: Store
    jobs: int
    progress: ClassProgress
    known: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # students for whom the grader failed, and why
    _checks: dict[str, Checks] = field(default_factory=dict)

    def find(self, by_student: Mapping[str, Sequence[Graded]], names: Names) -> Iterator[tuple[str, list[Question]]]:
        """Each student's, in no order. Those of `failed` are left out."""
        keys = {student: self._key_of(works) for student, works in by_student.items()}
        packed = {student: self.store.find_questions(key) for student, key in keys.items()}
        todo = {student: works for student, works in by_student.items() if packed[student] is None}
        self.known = len(by_student) - len(todo)
        yield from ((student, unpack(found)) for student, found in packed.items() if found is not None)
        if not todo:
            return
        self.progress.begin("questions", len(todo))
        with Jobs(self.jobs) as jobs:
            for student, future in self._ask(jobs, todo):
                self.progress.tell(names.of(student), "")
                if error := future.exception():
                    self.failed[student] = str(error)
                    continue
                self.store.put_questions(keys[student], pack(future.result()))
                yield student, future.result()

    def _ask(self, jobs: Jobs, todo: Mapping[str, Sequence[Graded]]) -> "Iterator[tuple[str, Future[list[Question]]]]":
        started = {}
        for student, works in todo.items():
            secret = self._checks_of(works[0].unit).secret
            started[jobs.submit(jobs.call_with_grader, ask_in_job, works, self.course, secret)] = student
        for future in as_completed(started):
            yield started.pop(future), future

    def _checks_of(self, unit: str) -> Checks:
        return self._checks.setdefault(unit, Checks(self.course, unit))

    def _key_of(self, works: Sequence[Graded]) -> str:
        """A digest of all that decides about the questions to one student."""
        parts = [
            [self._checks_of(work.unit).version, work.path.suffix, _read_file(work.path), _list_outcomes(work)]
            for work in works
        ]
        said = json.dumps([works[0].student, version_of_questions(), parts])
        return hashlib.sha256(said.encode()).hexdigest()[:32]


def write_sheets(
    graded: Sequence[Graded], course: Path, folder: Path, names: Names, jobs: int, progress: ClassProgress
) -> Iterator[str]:
    """Write two pages for each student; yields what to show.

    Raises OSError, and GraderFault where the grader failed for some, after all others have their pages.
    """
    by_student: dict[str, list[Graded]] = {}
    for work in graded:
        if work.unit in syllabus.units():
            by_student.setdefault(work.student, []).append(work)
    files = name_files(map(names.of, by_student))
    for part in (STUDENTS, EXAMINER):
        (folder / part).mkdir(parents=True, exist_ok=True)
    few = []
    with closing(Store(course)) as store, progress:
        found = Questions(course, store, jobs, progress)
        for student, questions in found.find(by_student, names):
            few += [names.of(student)] * (len(questions) < 2)
            for part in (STUDENTS, EXAMINER):
                page = render_sheet(names.of(student), questions, names, with_answers=part == EXAMINER)
                path = folder / part / files[names.of(student)]
                path.write_text(page, encoding="utf-8", errors="backslashreplace")
    yield from _describe(folder, len(by_student) - len(found.failed), found.known, few)
    if found.failed:
        failed = "; ".join(sorted(f"{names.of(student)} ({why})" for student, why in found.failed.items()))
        raise GraderFault(f"no sheet was written for {failed}. The next run tries again")


def _describe(folder: Path, written: int, known: int, few: Sequence[str]) -> Iterator[str]:
    yield f"written: {written} sheets in {folder / STUDENTS}, with answers in {folder / EXAMINER}"
    if known:
        yield f"{known} of them with the questions of an earlier run, because nothing has changed"
    if few:
        yield f"fewer than two questions, because too little of their code works: {', '.join(sorted(few))}"


def ask_in_job(grader: Grader, works: Sequence[Graded], course: Path, secret: str) -> list[Question]:
    """The questions to one student, in the process of a job. Raises GraderFault."""
    return ask(works, course, secret, grader)


@cache
def version_of_questions() -> str:
    """A digest of the code that asks."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _read_file(path: Path) -> str:
    try:
        return read_text(path)
    except BadSubmission:
        return ""


def _list_outcomes(work: Graded) -> list[tuple[str, str]]:
    return sorted((name, attempt.outcome.value) for name, attempt in work.attempts.items())


def pack(questions: Sequence[Question]) -> str:
    """Questions as JSON."""
    return json.dumps([asdict(question) for question in questions])


def unpack(packed: str) -> list[Question]:
    """The questions that were packed."""
    return [
        Question(**{**said, "given": tuple(said["given"]), "code": tuple(map(tuple, said["code"]))})
        for said in json.loads(packed)
    ]


def name_files(students: Iterable[str]) -> dict[str, str]:
    """The name of each student's page: it cannot lead out of its folder, and no two are alike, in capitals either."""
    files: dict[str, str] = {}
    taken: set[str] = set()
    for student in students:
        name, number = file_name(student), 1
        while f"{name}{number if number > 1 else ''}".casefold() in taken:
            number += 1
        name = f"{name}{number if number > 1 else ''}"
        taken.add(name.casefold())
        files[student] = f"{name}.html"
    return files


def file_name(student: str) -> str:
    """A student's name as one of a file, which cannot lead out of its folder."""
    return re.sub(r"[^\w@+-]", "_", student) or "_"


def render_sheet(student: str, questions: Sequence[Question], names: Names, with_answers: bool) -> str:
    """One page: what a student is asked, and for the examiner also what the right answers are."""
    shown = [_clean(question, names) for question in questions]
    return render("sheet.html", student=student, questions=shown, with_answers=with_answers)


def _clean(question: Question, names: Names) -> Question:
    """The question without the names of students that stand in code."""
    given = tuple(map(names.clean, question.given))
    code = tuple((number, names.clean(line)) for number, line in question.code)
    words, answer = names.clean(question.words), names.clean(question.answer)
    return replace(question, words=words, answer=answer, given=given, code=code)
