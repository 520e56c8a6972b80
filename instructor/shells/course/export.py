"""Grades for other programs: Canvas' gradebook, Moodle's worksheet, a CSV of our own, and feedback to upload.

Files of other programs are edited and never made: they hold the ids by which their system knows students, in headings
and dates of the system's language.
"""

import csv
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.shells.explanation import format_points
from instructor.shells.class_run import defuse_formula
from instructor.shells.course.archives import MOODLE, Entry, read_archive
from instructor.shells.course.collect import read_record
from instructor.shells.course.gradebook import Line
from instructor.shells.course.roster import Person, Roster
from instructor.shells.course.spreadsheet import Spreadsheet, numbers, read_number

WHO = ("student_id", "last_name", "first_name", "email", "lms_user_id", "assignment")
SUMS = ("regular", "bonus", "manual", "late", "total", "possible")
READ_ONLY = re.compile(r"(Unposted )?(Current|Final) (Score|Grade|Points)")
CANVAS_ID = re.compile(r"(.*) \((\d+)\)")
EXCUSED = "EX"


class CannotExport(Exception):
    """The file that was given does not fit; the message says what is missing."""


@dataclass
class Exported:
    """How many rows got a grade, and what the instructor should know."""

    filled: int = 0
    sentences: list[str] = field(default_factory=list)


def write_csv(lines: Sequence[Line], path: Path) -> None:
    """Every student and assignment, by exercise and in sum; what a spreadsheet would take for a formula is text."""
    exercises = list(dict.fromkeys(name for line in lines for name in line.exercises))
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*WHO, *exercises, *SUMS])
        for line in lines:
            who = (line.student, line.last_name, line.first_name, line.email, line.lms_user_id, line.assignment)
            scores = [line.exercises.get(name, "") for name in exercises]
            writer.writerow([*map(defuse_formula, who), *scores, *(getattr(line, name) for name in SUMS)])


def fill_canvas(sheet: Spreadsheet, lines: Sequence[Line], column: str | None = None) -> tuple[Spreadsheet, Exported]:
    """The identifying columns of an exported gradebook and the one of the assignment, filled. Raises CannotExport."""
    headings = [heading.strip() for heading in sheet.headings]
    if len(headings) < 4 or headings[:2] != ["Student", "ID"] or "Section" not in headings:
        raise CannotExport("this is no gradebook exported from Canvas: it begins with Student, ID and has a Section")
    assignment = _find_canvas_column(headings, lines[0].assignment, column)
    kept = [n for n, heading in enumerate(headings[: headings.index("Section") + 1])] + [assignment]
    points = [row for row in sheet.rows if row[0].strip() == "Points Possible"]
    comma = any("," in row[assignment] for row in points if len(row) > assignment) and sheet.separator == ";"
    said, roster, by_student = Exported(), _roster_of(lines), {line.student: line for line in lines}
    for number, row in enumerate(sheet.rows):
        person = roster.find(_canvas_ids(headings, row), row[0]) if row not in points else None
        excused = sheet.column(assignment)[number].strip().upper() == EXCUSED
        if person and by_student[person.id].handed_in and not excused:
            sheet.put(number, assignment, _number(by_student[person.id].total, comma))
            said.filled += 1
        by_student.pop(person.id, None) if person else None
    said.sentences += _compare_points(points, assignment, lines[0].possible)
    said.sentences += _name_left(by_student.values(), "in this gradebook")
    cells = [[row[n] if n < len(row) else "" for n in kept] for row in sheet.rows]
    return Spreadsheet([sheet.headings[n] for n in kept], cells, sheet.separator, sheet.bom, sheet.line_end), said


def _find_canvas_column(headings: list[str], assignment: str, wanted: str | None) -> int:
    found = {n: match for n, heading in enumerate(headings) if (match := CANVAS_ID.fullmatch(heading))}
    word = assignment.partition("_")[2].replace("_", " ")
    if wanted:
        fits = [n for n, match in found.items() if wanted in (match[0], match[1], match[2])]
    else:
        titles = {n: match[1].casefold().replace("_", " ").replace("-", " ") for n, match in found.items()}
        fits = [n for n, title in titles.items() if title == assignment.replace("_", " ")]
        fits = fits or [n for n, title in titles.items() if word in title]
    if len(fits) != 1:
        titles_there = ", ".join(match[0] for match in found.values()) or "none"
        raise CannotExport(f"say with --column which is the assignment's column; there are: {titles_there}")
    return fits[0]


def _canvas_ids(headings: list[str], row: list[str]) -> list[str]:
    """What identifies a row, the id first."""
    wanted = ("ID", "SIS User ID", "SIS Login ID", "Integration ID")
    return [row[headings.index(name)] for name in wanted if name in headings and headings.index(name) < len(row)]


def _compare_points(points: list[list[str]], column: int, possible: float) -> list[str]:
    there = [read_number(row[column]) for row in points if column < len(row)]
    if there and there[0] is not None and there[0] != possible:
        return [
            f"the column is out of {format_points(there[0])} points, the assignment out of {format_points(possible)}"
        ]
    return []


def fill_moodle(
    sheet: Spreadsheet, lines: Sequence[Line], record: Path, comments: bool = False
) -> tuple[Spreadsheet, Exported]:
    """Moodle's offline worksheet with the grades written in; nothing else of it is changed. Raises CannotExport.

    Columns are found by place and value, since their headings are in the site's language.
    """
    maximum = _find_maximum(sheet)
    grade, highest = maximum - 1, next(numbers(sheet.column(maximum)))
    comma = any("," in cell for cell in sheet.column(maximum))
    said, roster, by_student = Exported(), _roster_of(lines), {line.student: line for line in lines}
    participants = {row["lms_id"]: row["student"] for row in read_record(record) if row["scheme"] == "moodle"}
    above = []
    for number, row in enumerate(sheet.rows):
        digits = re.search(r"\d+", row[0])
        known = participants.get(digits[0], "") if digits else ""
        line = by_student.get(known) or _find_in_row(row[1:], roster, by_student)
        if not line:
            continue
        by_student.pop(line.student)
        if line.handed_in:
            sheet.put(number, grade, _number(min(line.total, highest), comma))
            above += [line.student] * (line.total > highest)
            said.filled += 1
            if comments:
                _put_comment(sheet, number, maximum, line)
    if above:
        said.sentences.append(
            f"Moodle takes no grade above {format_points(highest)}, so {', '.join(above)} got just that: "
            "raise the assignment's maximum grade there, and download the worksheet anew"
        )
    said.sentences += _name_left(by_student.values(), "in this worksheet")
    return sheet, said


def _find_maximum(sheet: Spreadsheet) -> int:
    """The column of the maximum grade: the same number in each row, and before it numbers or nothing."""
    for column in range(2, len(sheet.headings)):
        values = [cell.strip() for cell in sheet.column(column)]
        before = [cell.strip() for cell in sheet.column(column - 1)]
        same = len(set(values)) == 1 and (read_number(values[0]) or 0) > 0
        follows = column + 1 < len(sheet.headings) and _is_maximum_after(sheet, column)
        if same and not follows and all(not cell or read_number(cell) is not None for cell in before):
            return column
    raise CannotExport(
        "this is no offline grading worksheet of Moodle's, or the assignment is graded with a scale: "
        "download it from the assignment, under View all submissions"
    )


def _is_maximum_after(sheet: Spreadsheet, column: int) -> bool:
    """Whether everybody has the same grade in this column, and the maximum comes behind it."""
    values = {cell.strip() for cell in sheet.column(column + 1)}
    return len(values) == 1 and read_number(values.pop()) is not None


def _find_in_row(cells: list[str], roster: Roster, lines: dict[str, Line]) -> Line | None:
    """The student whose id, address or name stands in a row; a name in the second column, other facts after it."""
    for cell in cells[:1]:
        if person := roster.find([], cell):
            return lines.get(person.id)
    for cell in cells[:6]:
        if cell.strip() and (person := roster.find([cell])):
            return lines.get(person.id)
    return None


def _put_comment(sheet: Spreadsheet, number: int, maximum: int, line: Line) -> None:
    """Points by exercise into the feedback comments, which are the last column where there are any."""
    last = len(sheet.headings) - 1
    cells = sheet.column(last)
    if last > maximum + 3 and not cells[number].strip() and not any(re.search(r"\d{4}", cell) for cell in cells):
        sheet.put(number, last, "; ".join(f"{name}: {format_points(s)}" for name, s in line.exercises.items()))


def _roster_of(lines: Sequence[Line]) -> Roster:
    people = (Person(one.student, one.first_name, one.last_name, one.email, one.lms_user_id) for one in lines)
    return Roster(people)


def _name_left(lines: Iterable[Line], where: str) -> list[str]:
    left = [line.student for line in lines if line.handed_in]
    return [f"not {where}: {', '.join(left)}"] if left else []


def _number(points: float, comma: bool) -> str:
    text = format_points(points)
    return text.replace(".", ",") if comma else text


def zip_feedback(archive: Path, assignment: str, course: Path, roster: Roster | None, target: Path) -> Exported:
    """The feedback pages under the names that the archive's system gave to the hand-ins, to be uploaded there.

    Raises BadArchive.
    """
    record = {(r["scheme"], r["lms_id"]): r["student"] for r in read_record(course / "collected.csv")}
    said, done = Exported(), set[tuple[str, ...]]()
    entries = sorted(read_archive(archive), key=lambda entry: entry.path.suffix != ".ipynb")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for entry in entries:
            if (entry.who, *entry.ids) in done or not entry.path.name:
                continue
            done.add((entry.who, *entry.ids))
            person = roster.find(entry.ids, entry.who) if roster else None
            student = person.id if person else record.get((entry.scheme, next(iter(entry.ids), "")), entry.who)
            pages = sorted((course / "feedback" / student / assignment).glob("*.html"))
            for page in pages:
                file.write(page, _feedback_name(entry, page.name))
            said.filled += bool(pages)
            said.sentences += [] if pages else [f"{entry.who}: there is no page in feedback/{student}/{assignment}"]
    return said


def _feedback_name(entry: Entry, page: str) -> str:
    """The hand-in's name with the page's: in the same folder, or with the same ids in front."""
    folder, _, name = entry.member.rpartition("/")
    if entry.scheme == "moodle" and MOODLE.fullmatch(entry.member.split("/")[0]) and folder:
        return f"{entry.member.split('/')[0]}/{page}"
    front = name[: len(name) - len(entry.path.name)] if entry.scheme != "plain" else ""
    return f"{folder}/{front}{page}" if folder else f"{front}{page}"
