"""From a learning management system's archives to nbgrader's folder `submitted`, and a record of who was who."""

import csv
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath
from typing import Any

from rich.table import Table
from rich.text import Text

from autograder import syllabus
from autograder.intake.printable import printable
from instructor.shells.course.archives import BadArchive, Entry, of_assignment, read_archive
from instructor.shells.course.roster import Person, Roster

RECORD = "collected.csv"
LATE, IN_TIME, UNKNOWN = "late", "in time", "?"


@dataclass(frozen=True)
class Collected:
    """What became of one student's files in an archive; `student` is empty where the roster has none such."""

    assignment: str
    student: str
    name: str
    lms_id: str
    scheme: str
    archive: str
    files: str
    late: str
    note: str = ""


def collect(
    archives: Iterable[Path], assignment: str | None, course: Path, roster: Roster | None, due: datetime | None
) -> list[Collected]:
    """Unpack archives into COURSE/submitted and write the record. Raises BadArchive."""
    found = []
    for archive in archives:
        entries = read_archive(archive)
        if not entries:
            raise BadArchive(f"{archive} holds no file of a student")
        unit = assignment or guess_assignment(entries, course, archive)
        for same in _by_student(of_assignment(entries, unit)):
            found.append(_collect_student(same, unit, course, archive, roster, due))
    _write_record(course / RECORD, found)
    return found


def _by_student(entries: Sequence[Entry]) -> list[list[Entry]]:
    groups: dict[tuple[str, tuple[str, ...]], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.who, entry.ids), []).append(entry)
    return list(groups.values())


def guess_assignment(entries: Sequence[Entry], course: Path, archive: Path) -> str:
    """The assignment whose unit most notebooks, or the archive, are named after. Raises BadArchive."""
    names = [entry.path.name for entry in entries] + [archive.name]
    counts = {unit: sum(unit in name for name in names) for unit in sorted(syllabus.units(), key=len)}
    unit = max(counts, key=lambda name: counts[name])
    folders = sorted(folder.name for folder in (course / "assignments").glob(f"[0-9][0-9]_{unit}"))
    if not counts[unit] or not folders:
        raise BadArchive(f"{archive}: no file is named after a unit; say which assignment it is with --assignment")
    return folders[0]


def _collect_student(
    entries: list[Entry], assignment: str, course: Path, archive: Path, roster: Roster | None, due: datetime | None
) -> Collected:
    first = entries[0]
    person = roster.find(first.ids, first.who) if roster else Person(_as_folder(first))
    files = [entry for entry in entries if entry.path.name]
    late = _is_late(entries, due)
    note = "" if files else "only a text that was typed in: nothing to grade"
    if not person:
        note = "not in the roster: left in the archive"
    elif files:
        note = _unpack(files, course / "submitted" / _folder_name(person.id) / assignment, course)
    return Collected(
        assignment=assignment,
        student=_folder_name(person.id) if person else "",
        name=first.who,
        lms_id=next(iter(first.ids), ""),
        scheme=first.scheme,
        archive=archive.name,
        files=", ".join(str(entry.path) for entry in files),
        late={True: LATE, False: IN_TIME, None: UNKNOWN}[late],
        note=note,
    )


def _as_folder(entry: Entry) -> str:
    """Without a roster, a student is called as the archive says; the anonymous by their number."""
    return f"{entry.who}_{entry.ids[0]}" if entry.who == "anon" else entry.who


def _folder_name(student: str) -> str:
    kept = "".join(c if c.isalnum() or c in "._@-" else "_" for c in printable(student)).strip(".")
    return kept or "_"


def _is_late(entries: Sequence[Entry], due: datetime | None) -> bool | None:
    said = [entry.late for entry in entries if entry.late is not None]
    if said:
        return any(said)
    times = [entry.handed_in for entry in entries if entry.handed_in]
    return max(times) > due.astimezone() if times and due else None


def _unpack(entries: Sequence[Entry], folder: Path, course: Path) -> str:
    """Write a student's files; what was there before and differs goes to `set_aside`, and the note says so."""
    contents = {PurePosixPath(entry.path): entry.read() for entry in entries}
    times = [entry.handed_in for entry in entries if entry.handed_in]
    if times:
        stamp = max(times).astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f UTC\n")
        contents[PurePosixPath("timestamp.txt")] = stamp.encode()
    note = ""
    if os.path.lexists(folder):
        if all(_holds(folder / path, content) for path, content in contents.items()):
            return "as before"
        shelf = _free_place(course / "set_aside" / folder.parent.name / folder.name)
        shelf.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, shelf)
        note = f"what was there is now in {shelf.relative_to(course)}"
    for path, content in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return note


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and not path.is_symlink() and path.read_bytes() == content


def _free_place(shelf: Path) -> Path:
    number = 1
    while os.path.lexists(shelf / f"before-{number}"):
        number += 1
    return shelf / f"before-{number}"


def _write_record(path: Path, found: Iterable[Collected]) -> None:
    """Add to the record, in the place of what it said of the same student and assignment."""
    rows = {(row["assignment"], row["student"], row["lms_id"]): row for row in read_record(path)}
    for one in found:
        rows[one.assignment, one.student, one.lms_id] = asdict(one)
    part = path.with_name(f"{path.name}.part")
    with open(part, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Collected)])
        writer.writeheader()
        writer.writerows(rows.values())
    os.replace(part, path)


def read_record(path: Path) -> list[dict[str, Any]]:
    """The rows of the record, or none where nothing has been collected."""
    if not path.is_file():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def find_missing(found: Sequence[Collected], roster: Roster) -> list[Person]:
    """Who is in the roster and in no archive."""
    there = {one.student for one in found}
    return [person for person in roster.people if _folder_name(person.id) not in there]


def render_collected(found: Sequence[Collected], missing: Sequence[Person]) -> Table:
    """A line for each student of the archives, and for each who handed in nothing."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("student", "in the archive", "files", "late", ""):
        table.add_column(heading, overflow="fold")
    for one in sorted(found, key=lambda one: (not one.student, one.student)):
        colour = "" if one.student else "red"
        late = Text(one.late, "yellow" if one.late == LATE else "")
        name = one.name if one.lms_id in ("", one.name) else f"{one.name} ({one.lms_id})"
        cells = one.student or "not found", name, one.files
        table.add_row(*(Text(printable(cell), colour) for cell in cells), late, Text(one.note, colour))
    for person in missing:
        table.add_row(Text(person.id), Text("–"), Text(""), Text(""), Text("handed in nothing", "yellow"))
    return table
