"""Grades that were given once, so that nothing is run twice: a file of the standard library's SQLite in the course.

A key says everything that a grade depends on. So what is found under it is what grading would give again, and nothing
has to be declared out of date: after a change there is another key.
"""

import hashlib
import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder import syllabus
from autograder.execution.limits import Limits
from autograder.grading import Grader
from autograder.intake.submission import Submission
from autograder.intake.unit_files import read_unit_files
from autograder.secret import course_secret, seed_of
from autograder.verdict import Finding, Grade, Outcome, Picture, Verdict
from instructor.answers.fingerprint import version_of_checks

FILE_NAME = ".grades.db"
BUSY_SECONDS = 60.0  # for another process that is writing; it writes for milliseconds


@dataclass(frozen=True)
class Checks:
    """All that decides about grades in a unit of a course, but for what the student wrote."""

    course: Path
    unit: str
    require_sandbox: bool = False
    follow_through: bool = True
    limits: Limits = field(default_factory=Limits)

    @cached_property
    def secret(self) -> str:
        """The course's secret."""
        return course_secret(self.course)

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The files that the unit ships beside its notebook."""
        return read_unit_files(self.course, self.unit)

    @cached_property
    def version(self) -> str:
        """A digest of it all. The secret cannot be had from it."""
        files = {name: hashlib.sha256(content).hexdigest() for name, content in self.files.items()}
        settings = [self.require_sandbox, self.follow_through, asdict(self.limits)]
        return _digest([version_of_checks(self.unit), self.secret, files, settings])

    def key_of(self, submission: Submission, exercises: Sequence[str]) -> str:
        """The key of a submission's grades. Empty cells and the numbers of cells do not matter: no grade tells them.

        Whether it is a Python file does: its lines are told in other words.
        """
        cells = [source for source in submission.cells.values() if source.strip()]
        return _digest([self.version, exercises, submission.is_notebook, cells])

    def grade(self, grader: Grader, submission: Submission, exercises: Sequence[str]) -> list[Grade]:
        """Grade with these settings. Raises GraderFault."""
        grader.executor.limits, grader.executor.require_sandbox = self.limits, self.require_sandbox
        grader.follow_through = self.follow_through
        return grader.grade(submission, [syllabus.exercise(name) for name in exercises], self.secret, self.files)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


class Store:
    """The grades of a course. Each is on the disk as soon as it is put here; threads and processes may share it.

    `given_up` holds, by key, why something could not be graded: only for this process, so that a later one tries again.
    """

    def __init__(self, course: Path) -> None:
        self.path = course / FILE_NAME
        self.given_up: dict[str, str] = {}
        self._lock = threading.Lock()
        try:
            self._connection = self._open()
        except sqlite3.OperationalError:  # locked, or not to be written: the file itself is not to blame
            raise
        except sqlite3.DatabaseError:
            os.replace(self.path, f"{self.path}.damaged")
            self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))  # what failed on hidden inputs is nobody's business
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("CREATE TABLE IF NOT EXISTS grades (key TEXT PRIMARY KEY, unit TEXT, grades BLOB)")
        connection.execute("CREATE TABLE IF NOT EXISTS pages (path TEXT PRIMARY KEY, version TEXT)")
        connection.execute("CREATE TABLE IF NOT EXISTS questions (key TEXT PRIMARY KEY, packed TEXT)")
        return connection

    def find(self, key: str, secret: str) -> list[Grade] | None:
        """What was put under a key; None where nothing was."""
        packed = self.find_packed(key)
        return unpack(packed, secret) if packed else None

    def find_packed(self, key: str) -> bytes | None:
        """The same, still packed."""
        with self._lock:
            row = self._connection.execute("SELECT grades FROM grades WHERE key = ?", (key,)).fetchone()
        return bytes(row[0]) if row else None

    def knows(self, key: str) -> bool:
        """Whether something was put under a key."""
        with self._lock:
            return bool(self._connection.execute("SELECT 1 FROM grades WHERE key = ?", (key,)).fetchone())

    def put(self, key: str, unit: str, packed: bytes) -> None:
        """Keep grades, packed, under a key."""
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO grades VALUES (?, ?, ?)", (key, unit, packed))

    def find_pages(self) -> dict[str, str]:
        """The feedback pages that were written, by path, with a digest of what each was made from."""
        with self._lock:
            return dict(self._connection.execute("SELECT path, version FROM pages"))

    def put_page(self, path: str, version: str) -> None:
        """Note that a page was written."""
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO pages VALUES (?, ?)", (path, version))

    def find_questions(self, key: str) -> str | None:
        """The questions of an oral defence that were put under a key; None where none were."""
        with self._lock:
            row = self._connection.execute("SELECT packed FROM questions WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def put_questions(self, key: str, packed: str) -> None:
        """Keep questions under a key."""
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO questions VALUES (?, ?)", (key, packed))

    def count(self) -> dict[str, int]:
        """How many different submissions are known, by unit."""
        with self._lock:
            return dict(self._connection.execute("SELECT unit, COUNT(*) FROM grades GROUP BY unit"))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def pack(grades: Sequence[Grade]) -> bytes:
    """Grades as bytes, with all that pages show, and without the seeds, which the secret gives again."""
    records = [{**asdict(grade), "seed": None} for grade in grades]
    return zlib.compress(json.dumps(records).encode())


def unpack(packed: bytes, secret: str) -> list[Grade]:
    """The grades that were packed."""
    return [_unpack_grade(record, secret) for record in json.loads(zlib.decompress(packed))]


def _unpack_grade(record: dict[str, Any], secret: str) -> Grade:
    verdicts = tuple(map(_unpack_verdict, record["verdicts"]))
    findings = tuple(Finding(**{**said, "cases": tuple(said["cases"])}) for said in record["findings"])
    seed, notes = seed_of(secret, record["exercise"]), tuple(record["notes"])
    return Grade(**{**record, "verdicts": verdicts, "findings": findings, "seed": seed, "notes": notes})


def _unpack_verdict(record: dict[str, Any]) -> Verdict:
    picture = record["picture"]
    if picture:
        matrices = {name: tuple(map(tuple, picture[name])) for name in ("expected", "got", "differs")}
        picture = Picture(**{**picture, **matrices})
    return Verdict(**{**record, "outcome": Outcome(record["outcome"]), "picture": picture})
