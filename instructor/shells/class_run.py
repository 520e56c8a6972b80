"""Grade all that a class handed in, a row for each hand-in; a row is on the disk as soon as it is made."""

import csv
import json
import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from rich.table import Table
from rich.text import Text

from autograder import syllabus
from autograder.grading import Grader
from autograder.intake.files import BadSubmission, is_notebook, is_python
from autograder.intake.find import NOT_THEIRS, find_submission
from autograder.intake.printable import printable
from autograder.intake.submission import read
from autograder.intake.unit_files import read_unit_files
from autograder.judging.judge import refuse
from autograder.shells import report
from autograder.shells.explanation import format_points, summarize
from autograder.verdict import Grade
from instructor.copies import Copies, find_digests

GRADED, UNREADABLE, FAULT = "graded", "unreadable", "grader fault"
SUMS = ("points", "possible", "bonus", "total", "written")
COLUMNS = ("student", "file", "unit", "outcome", *SUMS, "sentence", "mistakes", "copied")
FORMULA = re.compile(r"\s*[=+\-@|%＝＋－＠]")


@dataclass(frozen=True)
class HandIn:
    """A file, or a student's folder for an assignment, whose name says which unit is asked for."""

    student: str
    path: Path
    unit: str | None = None


def find_hand_ins(paths: Iterable[Path]) -> list[HandIn]:
    """What was handed in under some paths: folders STUDENT/NN_UNIT as nbgrader has them, otherwise each file.

    A link is one hand-in, and is not followed; a path that was named itself may be a link to a folder.
    """
    return [
        found for path in paths for found in (_find_in_folder(path) if os.path.isdir(path) else [_make_hand_in(path)])
    ]


def find_asked_for(paths: Iterable[Path], unit: str | None) -> list[HandIn]:
    """What was handed in under some paths; where the unit is said, each path is one hand-in of it."""
    return [HandIn(path.name, path, unit) for path in paths] if unit else find_hand_ins(paths)


def _find_in_folder(root: Path) -> list[HandIn]:
    if _read_unit(root.resolve()):
        return [_make_hand_in(root.resolve())]
    assignments, files = [], []
    closed: list[OSError] = []
    for folder, names, found in os.walk(root, onerror=closed.append):
        links = [name for name in names if (Path(folder) / name).is_symlink()]
        here = [Path(folder) / name for name in names if _read_unit(Path(name)) or name in links]
        assignments += here
        names[:] = sorted(n for n in names if Path(folder) / n not in here and n not in NOT_THEIRS and n[0] != ".")
        files += [Path(folder) / name for name in found if name[0] != "." and name != "timestamp.txt"]
    if assignments:
        files = [file for file in files if is_notebook(file) or is_python(file)]
    assignments += [Path(error.filename) for error in closed]
    return sorted(map(_make_hand_in, assignments + files), key=lambda found: (found.student, found.path))


def _make_hand_in(path: Path) -> HandIn:
    if unit := _read_unit(path):
        return HandIn(path.parent.name, path, unit)
    if unit := _read_unit(path.parent):
        return HandIn(path.parent.parent.name, path, unit)
    return HandIn(path.name.partition(".")[0] or path.name, path)


def _read_unit(folder: Path) -> str | None:
    found = re.fullmatch(r"\d+_(\w+)", folder.name)
    return found[1] if found and found[1] in syllabus.units() else None


def grade_hand_in(hand_in: HandIn, names: Collection[str], grader: Grader, secret: str, course: Path) -> dict[str, Any]:
    """Grade one hand-in of the course in a folder; a failure of the grader itself becomes a row without points."""
    path, unit, outcome = hand_in.path, hand_in.unit, GRADED
    try:
        try:
            path = _find_file(hand_in)
            submission = read(path, unit)
            unit = submission.unit
            files = read_unit_files(course, unit)
            grades = grader.grade(submission, _select_exercises(unit, names), secret, files)
        except BadSubmission as error:
            sentence = str(error).replace(printable(path.parent) + os.sep, "")
            grades, outcome = refuse(_select_exercises(unit, names), unit or "", sentence), UNREADABLE
        else:
            sentence = summarize(grades) if grades else f"no exercise of the unit {unit} is asked for"
    except Exception as error:  # the rest of the class is graded, and this one later
        grades, outcome = None, FAULT
        sentence = f"the grader failed, and no student is to blame: {type(error).__name__}: {error}"
    told = printable(" ".join(sentence.split()))
    record = {"student": printable(hand_in.student), "file": printable(path), "unit": unit, "outcome": outcome}
    return (
        record
        | _sum_points(grades, unit)
        | {"sentence": told, "mistakes": _name_mistakes(grades or ())}
        | {"exercises": [_without_seed(grade) for grade in grades or ()]}
    )


def _find_file(hand_in: HandIn) -> Path:
    """The file of a hand-in. Raises BadSubmission where its folder has none."""
    path, unit = hand_in.path, hand_in.unit
    return find_submission(path, unit or "", unit) if path.is_dir() and not path.is_symlink() else path


def find_copies(hand_ins: Iterable[HandIn], names: Collection[str], course: Path) -> dict[HandIn, str]:
    """What in each hand-in is a copy, of the course's or of another student's, in words; "" where nothing is.

    It is for the instructor: no grade depends on it. What cannot be read is no copy of anything, and where the
    comparison itself fails, that is said.
    """
    copies, found, failed = Copies(course), {}, {}
    for hand_in in hand_ins:
        try:
            submission = read(_find_file(hand_in), hand_in.unit)
            exercises = [exercise.name for exercise in _select_exercises(submission.unit, names)]
            found[hand_in] = submission.unit, find_digests(submission.code, exercises)
        except (BadSubmission, OSError):  # grading the file says what is the matter with it
            continue
        except Exception as error:  # no fault of ours keeps a class from its grades
            failed[hand_in] = f"not compared: {type(error).__name__}"
            continue
        copies.add(printable(hand_in.student), *found[hand_in])
    return failed | {hand_in: copies.describe(printable(hand_in.student), *known) for hand_in, known in found.items()}


def _name_mistakes(grades: Iterable[Grade]) -> str:
    """The mistakes that were named, by exercise: "softmax: softmax-no-max-subtraction; …"."""
    return "; ".join(f"{grade.exercise}: {finding.name}" for grade in grades for finding in grade.findings)


def _select_exercises(unit: str | None, names: Collection[str]) -> list[Any]:
    return [e for e in syllabus.units()[unit].exercises if not names or e.name in names] if unit else []


def _sum_points(grades: list[Grade] | None, unit: str | None) -> dict[str, float | None]:
    """The points without the bonus, those possible, the bonus, points and bonus together, and those of the written
    answers, which a person still gives."""
    if grades is None:
        return dict.fromkeys(SUMS)
    earned, possible, bonus = report.total_points(grades)
    written = syllabus.units()[unit].written_points if unit else 0.0
    return {
        name: round(part, 2)
        for name, part in zip(SUMS, (earned, possible, bonus, earned + bonus, written), strict=True)
    }


def _without_seed(grade: Grade) -> dict[str, Any]:
    """A grade without its seed, from which the hidden inputs could be drawn."""
    return {key: value for key, value in grade.as_dict().items() if key != "seed"}


def render_table(rows: Iterable[dict[str, Any]]) -> Table:
    """One line for each hand-in, and where something was copied, a column that says what."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    rows = list(rows)
    copied = [r.get("copied", "") for r in rows]
    for heading in ("student", "unit", "points", "sentence", *(["copied"] if any(copied) else [])):
        number = heading == "points"
        table.add_column(heading, justify="right" if number else "left", no_wrap=number, overflow="fold")
    for r, copy in zip(rows, copied, strict=True):
        points = "–" if r["points"] is None else f"{_total(r)} / {format_points(r['possible'])}"
        colour = {GRADED: "", UNREADABLE: "yellow", FAULT: "red"}[r["outcome"]]
        table.add_row(
            Text(r["student"]),
            Text(r["unit"] or ""),
            Text(points),
            Text(r["sentence"], colour),
            *([Text(copy)] if any(copied) else []),
        )
    return table


def _total(row: dict[str, Any]) -> str:
    return format_points(row["points"] + row["bonus"])


def describe_written(rows: Iterable[dict[str, Any]]) -> list[str]:
    """A sentence for each unit in which a person still gives points, and for which questions."""
    sentences = []
    for name in dict.fromkeys(row["unit"] for row in rows if row["outcome"] == GRADED):
        unit = syllabus.units()[name]
        if unit.questions:
            points = f"{format_points(unit.written_points)} point{'s' * (unit.written_points != 1)}"
            named = ", ".join(f"{question.name} ({format_points(question.points)})" for question in unit.questions)
            sentences.append(f"{name}: {points} more for the written answers, which a person marks: {named}")
    return sentences


def find_bad_targets(targets: list[Path]) -> list[str]:
    """Why results cannot be written to these files: a slip of the pen must not cost a hand-in."""
    bad = [f"{t} cannot hold results: it is named like a hand-in" for t in targets if is_notebook(t) or is_python(t)]
    bad += [f"{t} cannot hold results: it is no plain file" for t in targets if os.path.lexists(t) and not t.is_file()]
    if len({t.absolute() for t in targets}) < len(targets):
        bad.append(f"{targets[0]} cannot hold both the JSON and the CSV")
    return bad


class Results:
    """Rows on their way to a JSON and a CSV file. Until `finish`, they are in FILE.part, in JSON one on each line.

    Use it as a context. Raises OSError where a file cannot be written.
    """

    def __init__(self, as_json: Path | None, as_csv: Path | None) -> None:
        self.rows: list[dict[str, Any]] = []
        self.as_json, self.as_csv = as_json, as_csv
        self._json, self._csv = (_open(path) if path else None for path in (as_json, as_csv))
        if self._csv:
            _append_csv(self._csv, dict(zip(COLUMNS, COLUMNS, strict=True)))

    def __enter__(self) -> "Results":
        return self

    def __exit__(self, *_: object) -> None:
        for file in (self._json, self._csv):
            if file:
                file.close()

    def add(self, row: dict[str, Any]) -> None:
        """Keep a row, also on the disk."""
        self.rows.append(row)
        if self._json:
            _append(self._json, json.dumps(row) + "\n")
        if self._csv:
            _append_csv(self._csv, row)

    def finish(self) -> None:
        """Put the files into place, whole."""
        if self._json and self.as_json:
            whole = self.as_json.with_name(f"{self.as_json.name}.whole")
            with open(whole, "w", encoding="utf-8") as file:
                _append(file, json.dumps(self.rows, indent=2) + "\n")
            os.replace(whole, self.as_json)
            self._json.close()
            _part_of(self.as_json).unlink()
        if self._csv and self.as_csv:
            self._csv.close()
            os.replace(_part_of(self.as_csv), self.as_csv)


def _part_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _open(target: Path) -> TextIO:
    return open(_part_of(target), "w", encoding="utf-8", errors="backslashreplace", newline="")


def _append(file: TextIO, text: str) -> None:
    file.write(text)
    file.flush()
    os.fsync(file.fileno())


def _append_csv(file: TextIO, row: dict[str, Any]) -> None:
    csv.writer(file).writerow([defuse_formula(row[column]) for column in COLUMNS])
    _append(file, "")


def defuse_formula(value: Any) -> Any:
    """What a spreadsheet would take for a formula becomes text."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value
