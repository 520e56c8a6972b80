"""What a class was given, as values, one for each student and unit; `read_graded` alone reads grades."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.verdict import Grade, Outcome, Verdict
from instructor.shells.course.class_report import NoResults

UNSEEN = (Outcome.NOT_ATTEMPTED, Outcome.UNREADABLE)


@dataclass(frozen=True)
class Attempt:
    """One exercise of one student. `mistakes` are sentences by name.

    `verdicts` are None where only the points were kept, as in nbgrader's notebooks.
    """

    exercise: str
    score: float
    points: float
    bonus: bool
    outcome: Outcome
    mistakes: Mapping[str, str]
    verdicts: tuple[Verdict, ...] | None = None
    explained: frozenset[str] = frozenset()

    @property
    def share(self) -> float:
        """The score as a share of the points, 0 to 1."""
        return self.score / self.points if self.points else float(self.outcome is Outcome.PASSED)

    @property
    def was_made(self) -> bool:
        """Whether there is something to judge: neither left open nor in a file that cannot be read."""
        return self.outcome not in UNSEEN

    @property
    def unexplained(self) -> tuple[Verdict, ...]:
        """The failing cases that no named mistake explains."""
        return tuple(v for v in self.verdicts or () if not v.passed and v.case not in self.explained)


@dataclass(frozen=True)
class Graded:
    """What one student was given for one unit; `path` is the file with the code, which may be gone by now."""

    student: str
    unit: str
    path: Path
    attempts: Mapping[str, Attempt]

    @property
    def share(self) -> float:
        """The points without the bonus, as a share of those that the grader gives, 0 to 1."""
        regular = [attempt for attempt in self.attempts.values() if not attempt.bonus]
        possible = sum(attempt.points for attempt in regular)
        return sum(attempt.score for attempt in regular) / possible if possible else 0.0


def read_graded(path: Path) -> list[Graded]:
    """The grades in a course that nbgrader graded, or in the JSON of `autograder grade`. Raises NoResults."""
    found = list(_read_rows(path) if path.is_file() else _read_notebooks(path))
    if not found:
        raise NoResults(f"nothing has been graded in {path}: first run nbgrader autograde, or give the JSON of a class")
    return found


def _read_rows(file: Path) -> Iterator[Graded]:
    try:
        for row in json.loads(file.read_bytes()):
            if row["unit"]:
                attempts = [_from_grade(Grade.from_dict(record)) for record in row["exercises"]]
                yield Graded(row["student"], row["unit"], _find(row.get("file", ""), file), _by_name(attempts))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoResults(f"{file} is not what autograder grade --json writes") from error


def _find(name: str, beside: Path) -> Path:
    """Where a hand-in is: as it was written down, or seen from the JSON's folder."""
    return next((path for path in (Path(name), beside.parent / name) if path.is_file()), Path(name))


def _read_notebooks(course: Path) -> Iterator[Graded]:
    for path in sorted(course.glob("autograded/*/*/*.ipynb"), key=lambda path: (path.parts[-2], path.parts[-3])):
        try:
            said = json.loads(path.read_bytes())["metadata"]["autograder"]
            attempts = [_from_record(name, record) for name, record in said["exercises"].items()]
            yield Graded(path.parts[-3], said["unit"], path, _by_name(attempts))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # not graded yet, or by another version
            continue


def _from_grade(grade: Grade) -> Attempt:
    return Attempt(
        grade.exercise,
        grade.score,
        grade.points,
        grade.bonus,
        grade.outcome,
        {finding.name: finding.sentence for finding in grade.findings},
        grade.verdicts,
        frozenset(case for finding in grade.findings for case in finding.cases),
    )


def _from_record(name: str, record: Mapping[str, Any]) -> Attempt:
    outcome = Outcome(record["outcome"])
    return Attempt(name, record["score"], record["points"], record["bonus"], outcome, dict(record["mistakes"]))


def _by_name(attempts: list[Attempt]) -> dict[str, Attempt]:
    return {attempt.exercise: attempt for attempt in attempts}
