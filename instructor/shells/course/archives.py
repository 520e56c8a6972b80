"""What a learning management system's archive holds: whose each file is, as its name says.

    Canvas       lovelaceada_LATE_4711_98_attention.ipynb; anonymous: anon_4711_98_attention.ipynb
    Moodle       Ada Lovelace_4711_assignsubmission_file/attention.ipynb; before 4.1 with _ at the end; or no folders
    Blackboard   Attention_ada_attempt_2026-01-31-12-30-00_attention.ipynb
    plain        ada/attention.ipynb, ada/02_attention/attention.ipynb, ada.ipynb, ada_attention.ipynb

Names are the students': nothing of them is taken for a path but its plain parts, and links are left in the archive.
"""

import io
import re
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import takewhile
from pathlib import Path, PurePosixPath

from autograder import syllabus
from autograder.intake.printable import printable

CANVAS = re.compile(
    r"(?P<who>.+?)_(?P<late>LATE_)?(?P<id>\d+)_((?P<attachment>\d+)_(?P<file>.+)|(?P<text>text|link)\.html)"
)
MOODLE = re.compile(r"(?P<who>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)(_(?P<file>.*))?")
TIME = r"\d{4}(-\d\d){5}"
BLACKBOARD = re.compile(rf"(?P<rest>.+)_attempt_(?P<time>{TIME})(?:_(?P<file>.+)|\.txt)")
NOT_THEIRS = re.compile(r"__MACOSX|\..*|Thumbs\.db|desktop\.ini|.*\.pyc|__pycache__", re.IGNORECASE)
WORK = "work"
NOT_A_STUDENT = (WORK, "assignments", "solutions", "submitted", "release")
LARGEST, MOST_MEMBERS = 200 * 1024 * 1024, 100_000


class BadArchive(Exception):
    """An archive that cannot be unpacked; the message says why."""


@dataclass(frozen=True)
class Entry:
    """One file in an archive.

    `who` and `ids` name the student as the system does; `path` is the file's place in the student's own folder; it is
    empty for a text that was typed into the system. `late` and `handed_in` are None where the archive does not say.
    `assignment` is the folder of the assignment that it is in, and `folder` the one above, where there are any.
    """

    scheme: str
    member: str
    who: str
    ids: tuple[str, ...]
    path: PurePosixPath
    read: Callable[[], bytes]
    late: bool | None = None
    handed_in: datetime | None = None
    assignment: str = ""
    folder: str = ""


def of_assignment(entries: Sequence[Entry], assignment: str) -> list[Entry]:
    """The files of one assignment; of a whole repository, those in its folder `work` if there are any."""
    asked = [entry for entry in entries if entry.assignment in ("", assignment)]
    at_work = {entry.who for entry in asked if entry.folder == WORK}
    return [entry for entry in asked if entry.folder == WORK or entry.who not in at_work]


def read_archive(archive: Path) -> list[Entry]:
    """The files of an archive by student, the archives in it opened. Raises BadArchive."""
    try:
        with zipfile.ZipFile(archive) as file:
            members = list(_list_members(file, archive.name))
    except (OSError, zipfile.BadZipFile) as error:
        raise BadArchive(f"{archive}: this is no zip archive that can be read ({error})") from error
    names = _without_common_folder([name for name, _ in members])
    scheme = _find_scheme(names)
    found = [scheme(name, member, _reader(archive, member)) for name, (_, member) in zip(names, members, strict=True)]
    entries = [entry for entry in found if entry]
    if scheme is _plain:
        entries = _name_loose_files(entries, archive)
    if scheme is _blackboard:
        entries = _latest_attempts(_cut_assignment(entries))
    return [inner for entry in entries for inner in _open_inner(entry)]


def _list_members(file: zipfile.ZipFile, archive: str) -> Iterator[tuple[str, str]]:
    """Each plain file's name, in parts that are safe, and its name in the archive."""
    if len(file.infolist()) > MOST_MEMBERS:
        raise BadArchive(f"{archive} has more than {MOST_MEMBERS} members")
    for info in file.infolist():
        parts = [part for part in _decode(info).replace("\\", "/").split("/") if part not in ("", ".", "..")]
        is_link = stat.S_ISLNK(info.external_attr >> 16)
        if info.is_dir() or is_link or not parts or any(NOT_THEIRS.fullmatch(part) for part in parts):
            continue
        if info.flag_bits & 1:
            raise BadArchive(f"{archive} is encrypted: unpack it, and give the folder as a plain zip")
        if info.file_size > LARGEST:
            raise BadArchive(f"{archive}: {printable(info.filename)} has {info.file_size >> 20} MiB, which is too much")
        yield "/".join(map(_safe_part, parts)), info.filename


def _decode(info: zipfile.ZipInfo) -> str:
    """A member's name; many tools write UTF-8 and do not say so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _safe_part(part: str) -> str:
    return re.sub(r'[\x00-\x1f\x7f<>:"|?*]', "_", printable(part)).rstrip(". ") or "_"


def _reader(archive: Path, member: str) -> Callable[[], bytes]:
    def read() -> bytes:
        with zipfile.ZipFile(archive) as file:
            return file.read(member)

    return read


def _without_common_folder(names: list[str]) -> list[str]:
    """The names without a folder that holds everything, unless its name says whose it is."""
    tops = {name.partition("/")[0] for name in names}
    is_folder = len(tops) == 1 and all("/" in name for name in names)
    if is_folder and not MOODLE.fullmatch(min(tops)) and any("/" in name.partition("/")[2] for name in names):
        return _without_common_folder([name.partition("/")[2] for name in names]) if not _is_plain(names) else names
    inside = [name.rpartition("/")[2] for name in names]
    if is_folder and (_find_scheme(inside) is not _plain or _are_of_several(inside)):
        return inside
    return names


def _are_of_several(names: Iterable[str]) -> bool:
    """Whether files in one place are of several students: two or more are named after something but the unit."""
    stems = {_cut_unit(Path(name).stem) for name in names if Path(name).suffix in (".ipynb", ".py", ".zip")}
    return len({stem for stem in stems if not stem.startswith(tuple(syllabus.units()))}) > 1


def _is_plain(names: list[str]) -> bool:
    """Whether these are one student's folders of assignments."""
    return all(_is_assignment(name.split("/")[1]) for name in names)


Scheme = Callable[[str, str, Callable[[], bytes]], Entry | None]


def _find_scheme(names: Sequence[str]) -> Scheme:
    """The scheme that most names follow."""
    for pattern, scheme in ((MOODLE, _moodle), (BLACKBOARD, _blackboard), (CANVAS, _canvas)):
        if sum(bool(pattern.fullmatch(name.partition("/")[0])) for name in names) * 2 > len(names):
            return scheme
    return _plain


def _moodle(name: str, member: str, read: Callable[[], bytes]) -> Entry | None:
    top, _, inside = name.partition("/")
    found = MOODLE.fullmatch(top)
    if not found:
        return None
    path = PurePosixPath(inside or found["file"] or "") if found["kind"] == "file" else PurePosixPath()
    return Entry("moodle", member, found["who"], (found["id"],), path, read)


def _canvas(name: str, member: str, read: Callable[[], bytes]) -> Entry | None:
    found = CANVAS.fullmatch(name)
    if not found:
        return None
    path = PurePosixPath() if found["text"] else PurePosixPath(found["file"])
    return Entry("canvas", member, found["who"], (found["id"],), path, read, late=bool(found["late"]))


def _blackboard(name: str, member: str, read: Callable[[], bytes]) -> Entry | None:
    found = BLACKBOARD.fullmatch(name)
    if not found:
        return None
    time = datetime.strptime(found["time"], "%Y-%m-%d-%H-%M-%S").astimezone()
    path = PurePosixPath(found["file"] or "")
    return Entry("blackboard", member, found["rest"], (), path, read, handed_in=time)


def _cut_assignment(entries: list[Entry]) -> list[Entry]:
    """The user names behind the assignment's name; both may hold underscores, and the assignment is what all share."""
    rests = {tuple(entry.who.split("_")[:-1]) for entry in entries}
    shared = sum(1 for _ in takewhile(lambda pieces: len(set(pieces)) == 1, zip(*rests, strict=False)))
    several = len({entry.who for entry in entries}) > 1
    named = []
    for entry in entries:
        pieces = entry.who.split("_")
        user = "_".join(pieces[shared if several else -1 :])
        others = ("_".join(pieces[start:]) for start in range(1, len(pieces)))
        named.append(replace(entry, who=user, ids=(user, *others)))
    return named


def _latest_attempts(entries: list[Entry]) -> list[Entry]:
    latest: dict[str, datetime] = {}
    for entry in entries:
        if entry.handed_in and entry.path.name:
            latest[entry.who] = max(entry.handed_in, latest.get(entry.who, entry.handed_in))
    return [entry for entry in entries if entry.handed_in == latest.get(entry.who, entry.handed_in)]


def _is_assignment(part: str) -> bool:
    found = re.fullmatch(r"\d+_(\w+)", part)
    return bool(found and found[1] in syllabus.units())


def _plain(name: str, member: str, read: Callable[[], bytes]) -> Entry | None:
    parts = name.split("/")
    place = next((n for n, part in enumerate(parts[1:-1], 1) if _is_assignment(part)), None)
    if place:
        who = next((part for part in reversed(parts[:place]) if part not in NOT_A_STUDENT), "")
        path = PurePosixPath(*parts[place + 1 :])
        return Entry("plain", member, who, (who,), path, read, assignment=parts[place], folder=parts[place - 1])
    who = parts[0] if len(parts) > 1 and not _is_assignment(parts[0]) else ""
    return Entry("plain", member, who, (who,), PurePosixPath(*parts[bool(who) :]), read)


def _name_loose_files(entries: list[Entry], archive: Path) -> list[Entry]:
    """Files in no folder: of several notebooks, each is a student's; otherwise all are of whom the archive names."""
    loose = [entry for entry in entries if not entry.who]
    several = _are_of_several(entry.path.name for entry in loose)
    named = []
    for entry in entries:
        who = entry.who or _cut_unit(entry.path.stem if several else archive.stem)
        named.append(replace(entry, who=who, ids=(who,)))
    return named


def _cut_unit(stem: str) -> str:
    """Whose a file is: ada of ada_attention and of ada-02_attention."""
    for unit in syllabus.units():
        found = re.fullmatch(rf"(.+?)[-_ ](?:\d+_)?{unit}", stem)
        if found:
            return found[1]
    return stem


def _open_inner(entry: Entry) -> Iterator[Entry]:
    """An entry, or what is in it where a student handed in an archive of their own."""
    if entry.path.suffix.lower() != ".zip":
        yield entry
        return
    data = entry.read()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            members = list(_list_members(file, entry.path.name))
            if sum(file.getinfo(member).file_size for _, member in members) > LARGEST:
                raise BadArchive("too large")
            contents = [(name, file.read(member)) for name, member in members]
    except (OSError, zipfile.BadZipFile, BadArchive, NotImplementedError, RuntimeError):
        yield entry  # the grader says that it is no notebook
        return
    for name, content in contents:
        yield replace(entry, path=PurePosixPath(name), read=partial(bytes, content))
