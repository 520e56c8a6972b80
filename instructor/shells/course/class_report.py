"""How a class did, as a value: per exercise the mean, who has not attempted it, and the mistakes by how many made them.

`report_text.py` shows it in a terminal.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from autograder import syllabus
from autograder.exercise import Exercise
from autograder.verdict import Outcome


class NoResults(Exception):
    """There is nothing to report; the message says what to do."""


@dataclass(frozen=True)
class Result:
    """What one student has for one unit: by exercise, a record as `explanation.record_of` makes it."""

    student: str
    unit: str
    exercises: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Mistake:
    """A mistake by its name and its sentence, and who made it."""

    name: str
    sentence: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class ExerciseReport:
    """One exercise: the mean of all who handed in, who solved it or left it open, and its mistakes, commonest first."""

    name: str
    points: float
    bonus: bool
    mean: float
    solved: tuple[str, ...]
    not_attempted: tuple[str, ...]
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class UnitReport:
    """One unit: who handed in, whose file could not be read, and its exercises.

    `mean` is of what the grader gives, bonus included; `points` is what that is out of.
    """

    unit: str
    points: float
    mean: float
    students: tuple[str, ...]
    unreadable: tuple[str, ...]
    exercises: tuple[ExerciseReport, ...]


@dataclass(frozen=True)
class ClassReport:
    """All units in which something was handed in, in the order of the course."""

    units: tuple[UnitReport, ...]

    def as_dict(self) -> dict[str, Any]:
        """Everything as JSON can hold it."""
        return asdict(self)


def make_report(results: Iterable[Result]) -> ClassReport:
    """The report on some results, of one unit or more."""
    by_unit: dict[str, list[Result]] = {}
    for result in results:
        by_unit.setdefault(result.unit, []).append(result)
    return ClassReport(tuple(_report_unit(name, by_unit[name]) for name in by_unit))


def _report_unit(name: str, results: Sequence[Result]) -> UnitReport:
    exercises = [e for e in syllabus.units()[name].exercises if any(e.name in r.exercises for r in results)]
    return UnitReport(
        unit=name,
        points=sum(e.points for e in exercises if not e.bonus),
        mean=fmean(sum(record["score"] for record in r.exercises.values()) for r in results),
        students=tuple(r.student for r in results),
        unreadable=tuple(r.student for r in results if Outcome.UNREADABLE in _outcomes(r)),
        exercises=tuple(_report_exercise(e, results) for e in exercises),
    )


def _outcomes(result: Result) -> set[str]:
    return {record["outcome"] for record in result.exercises.values()}


def _report_exercise(exercise: Exercise, results: Sequence[Result]) -> ExerciseReport:
    records = {r.student: r.exercises[exercise.name] for r in results if exercise.name in r.exercises}

    def students(*outcomes: Outcome) -> tuple[str, ...]:
        return tuple(student for student, record in records.items() if record["outcome"] in outcomes)

    return ExerciseReport(
        name=exercise.name,
        points=exercise.points,
        bonus=exercise.bonus,
        mean=fmean(record["score"] for record in records.values()),
        solved=students(Outcome.PASSED),
        not_attempted=students(Outcome.NOT_ATTEMPTED),
        mistakes=_count_mistakes(records),
    )


def _count_mistakes(records: dict[str, dict[str, Any]]) -> tuple[Mistake, ...]:
    made: dict[str, list[str]] = {}
    sentences = {}
    for student, record in records.items():
        for name, sentence in record["mistakes"].items():
            made.setdefault(name, []).append(student)
            sentences[name] = sentence
    in_order = sorted(made, key=lambda name: -len(made[name]))
    return tuple(Mistake(name, sentences[name], tuple(made[name])) for name in in_order)


def read_results(path: Path) -> list[Result]:
    """The results in a course that nbgrader graded, or in the JSON of `autograder grade`. Raises NoResults."""
    results = list(_read_rows(path) if path.is_file() else _read_autograded(path))
    if not results:
        raise NoResults(f"nothing has been graded in {path}: first run nbgrader autograde, or give the JSON of a class")
    return results


def _read_autograded(course: Path) -> Iterator[Result]:
    for path in sorted(course.glob("autograded/*/*/*.ipynb"), key=lambda path: (path.parts[-2], path.parts[-3])):
        try:
            said = json.loads(path.read_bytes())["metadata"]["autograder"]
            yield Result(path.parts[-3], said["unit"], said["exercises"])
        except (OSError, ValueError, KeyError, TypeError):  # not graded yet, or by another version
            continue


def _read_rows(file: Path) -> Iterator[Result]:
    try:
        rows = json.loads(file.read_bytes())
        for row in rows:
            if row["unit"]:
                yield Result(row["student"], row["unit"], {e["exercise"]: _shorten(e) for e in row["exercises"]})
    except (ValueError, KeyError, TypeError) as error:
        raise NoResults(f"{file} is not what autograder grade --json writes") from error


def _shorten(grade: dict[str, Any]) -> dict[str, Any]:
    """A grade as JSON holds it, in short."""
    mistakes = {finding["name"]: finding["sentence"] for finding in grade["findings"]}
    return {key: grade[key] for key in ("score", "points", "bonus", "outcome")} | {"mistakes": mistakes}
