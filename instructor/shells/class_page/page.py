"""The picture of a class as one HTML page, which needs nothing beside it and runs no script."""

import shlex
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from autograder.shells.explanation import format_points
from instructor.shells.class_page import svg
from instructor.shells.class_page.picture import ClassPicture, ExercisePoints, Unnamed

HERE = Path(__file__).parent
LEVEL_WORDS = {
    "all": "all points",
    "most": "at least half",
    "some": "less than half",
    "none": "no points",
    "open": "not attempted",
}
HEADINGS = {
    "points": "Points",
    "misunderstood": "Misunderstood",
    "unnamed": "Cause not known yet",
    "hard": "Hardest cases",
    "looks-right": "Looks right but fails",
    "shared": "Shared code",
}
WITH_CASES = ("unnamed", "hard", "looks-right")


def render_page(picture: ClassPicture, title: str = "How the class did") -> str:
    """The page. Everything that a student wrote is escaped."""
    return render(
        "report.html",
        title=title,
        picture=picture,
        contents=[(id_, words) for id_, words in HEADINGS.items() if picture.has_cases or id_ not in WITH_CASES],
        levels=LEVEL_WORDS,
        progress=_draw_progress(picture),
        histograms={unit.name: _draw_histogram(unit.name, unit.shares) for unit in picture.units},
        bars={e.name: _draw_levels(e) for unit in picture.units for e in unit.exercises},
        commands=[command_to_name(group, picture.anonymous) for group in picture.unnamed],
    )


def render(template: str, **values: Any) -> str:
    """A page from one of the templates beside this file."""
    return _environment().get_template(template).render(style=Markup(_read_style()), **values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {"in_line": in_line, "points": format_points, "breakable": breakable}
    return made


@cache
def _read_style() -> str:
    return (HERE / "style.css").read_text(encoding="utf-8")


def in_line(sentence: str) -> Markup:
    """A sentence that may hold code between backticks, escaped."""
    pieces = escape(sentence).split("`")
    if len(pieces) % 2 == 0:  # one backtick has no partner
        return Markup(escape(sentence))
    return Markup("".join(f"<code>{piece}</code>" if n % 2 else piece for n, piece in enumerate(pieces)))


def breakable(name: str) -> Markup:
    """A name that may be broken where it has an underscore."""
    return Markup(escape(name).replace("_", "_<wbr>"))


def _draw_progress(picture: ClassPicture) -> Markup | None:
    if len(picture.units) < 2:
        return None
    columns = [(_short(unit.name, len(picture.units)), unit.shares) for unit in picture.units]
    said = [f"{unit.name} {sum(unit.shares) / len(unit.shares):.0%}" for unit in picture.units]
    return Markup(svg.draw_progress(columns, f"Mean share of the points by unit: {', '.join(said)}"))


def _short(unit: str, units: int) -> str:
    """A unit's name in as many letters as there is room for."""
    room = 60 // units
    return unit.replace("_", " ") if len(unit) <= room else f"{unit[: room - 1].rstrip('_').replace('_', ' ')}."


def _draw_histogram(name: str, shares: tuple[float, ...]) -> Markup:
    full = sum(share >= 1 for share in shares)
    label = f"{name}: shares of the points of {len(shares)} students; {full} of them have all points"
    return Markup(svg.draw_histogram(shares, label))


def _draw_levels(exercise: ExercisePoints) -> Markup:
    said = [f"{count} {LEVEL_WORDS[level]}" for level, count in exercise.levels.items() if count]
    return Markup(svg.draw_shares(list(exercise.levels.items()), f"{exercise.name}: {', '.join(said)}"))


def command_to_name(group: Unnamed, anonymous: bool) -> str:
    """What to type to give a group a name; with pseudonyms, its files are not named."""
    files = ["FILE"] if anonymous else [shlex.quote(file) for file in group.files]
    given = " ".join(f"--from {file}" for file in files)
    return f"autograder misconception new NAME --unit {group.unit} --exercise {group.exercise} {given}"
