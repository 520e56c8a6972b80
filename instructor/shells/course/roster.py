"""Who is in the course: a CSV as `nbgrader db student import` takes it, or a gradebook exported from Canvas."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from instructor.shells.course.spreadsheet import Spreadsheet, read_spreadsheet

OWN = ("id", "student_id")


class BadRoster(Exception):
    """A roster that cannot be used; the message says why."""


@dataclass(frozen=True)
class Person:
    """A student: nbgrader's id, the name, and all that a system may call this person by."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    others: tuple[str, ...] = ()

    @property
    def ids(self) -> set[str]:
        """What stands for this person alone."""
        known = {self.id, self.email, self.email.partition("@")[0], self.lms_user_id, *self.others}
        return {plain(name) for name in known} - {""}

    @property
    def names(self) -> set[str]:
        """The name in both orders, as `plain` writes it."""
        both = plain(self.first_name), plain(self.last_name)
        return {"".join(both), "".join(reversed(both))} - {""}


def plain(name: str) -> str:
    """Letters and digits alone, without accents and in lower case: "Lovelace, Ada" is lovelaceada."""
    return "".join(c for c in unicodedata.normalize("NFKD", name).casefold() if c.isalnum())


class Roster:
    """The students of a course, to be found by an id or, where there is one of this name only, by name."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.people = tuple(people)
        self._by_id = _index((person, person.ids) for person in self.people)
        self._by_name = _index((person, person.names) for person in self.people)

    def find(self, ids: Iterable[str], name: str = "") -> Person | None:
        """The one person with one of these ids, or else of this name."""
        found = (known for known in (self._by_id.get(plain(i)) for i in ids) if known)
        first = next(found, None) or self._by_name.get(plain(name)) or ()
        return first[0] if len(first) == 1 else None


def _index(pairs: Iterable[tuple[Person, set[str]]]) -> dict[str, tuple[Person, ...]]:
    found: dict[str, tuple[Person, ...]] = {}
    for person, keys in pairs:
        for key in keys:
            found[key] = (*found.get(key, ()), person)
    return found


def read_roster(path: Path) -> Roster:
    """The roster in a CSV. Raises BadRoster."""
    sheet = read_spreadsheet(path)
    headings = [heading.strip().casefold() for heading in sheet.headings]
    if "student" in headings and "section" in headings:
        return Roster(_read_canvas(sheet, headings))
    own = next((headings.index(name) for name in OWN if name in headings), None)
    if own is None:
        raise BadRoster(f"{path} has no column id: its first line should say id,first_name,last_name,email,lms_user_id")
    people = []
    for row in sheet.rows:
        said = dict(zip(headings, (cell.strip() for cell in row), strict=False))
        named = {key: said.pop(key, "") for key in ("first_name", "last_name", "email", "lms_user_id")}
        number = said.pop(headings[own], "")
        if number:
            people.append(Person(number, **named, others=tuple(filter(None, said.values()))))
    return Roster(people)


def _read_canvas(sheet: Spreadsheet, headings: list[str]) -> Iterable[Person]:
    for row in sheet.rows:
        said = dict(zip(headings, (cell.strip() for cell in row), strict=False))
        last, _, first = said["student"].partition(",")
        own = said.get("sis login id") or said.get("sis user id") or said.get("id", "")
        if own and said.get("id"):
            email = own if "@" in own else ""
            others = tuple(filter(None, (said.get("sis user id"), said.get("integration id"))))
            yield Person(own.partition("@")[0], first.strip(), last.strip(), email, said["id"], others)
