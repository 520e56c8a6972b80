"""Show grades: as a table in the terminal, as HTML in a notebook or a feedback page, as JSON."""

import json
import re
from collections.abc import Mapping, Sequence
from html import escape

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.judging.written_tests import CAUGHT, is_of_a_test
from autograder.sandbox.confinement import LAYERS
from autograder.shells.explanation import (
    Paragraph,
    explain_grade,
    format_points,
    has_more_to_say,
    in_brackets,
    shorten,
)
from autograder.shells.picture import TerminalPicture, describe_picture, render_picture_html
from autograder.verdict import Grade, Outcome

OWN_PROCESS = (
    "a process started clean: no environment, descriptor or memory of the grader's; a wall clock on each stage"
)

NO_POINTS = "no points"  # unit 0
COLOURS = {"green": "#2da44e", "red": "#e5484d", "yellow": "#bf8700"}  # to be read on white and on black
BELOW = "margin:4px 0 0 0"
PRE = (
    "margin:2px 0 0 0;padding:4px 8px;background:rgba(128,128,128,.12);color:inherit;white-space:pre-wrap;"
    "max-height:12em;overflow:auto"
)
SIGN = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.WRONG: ("✗", "red"),
    Outcome.CRASHED: ("✗", "red"),
    Outcome.TIMED_OUT: ("✗", "red"),
    Outcome.FORBIDDEN: ("✗", "red"),
    Outcome.NOT_ATTEMPTED: ("–", "yellow"),
    Outcome.UNREADABLE: ("✗", "red"),
}


def total_points(grades: Sequence[Grade]) -> tuple[float, float, float]:
    """The points earned and the points possible, without the bonus, and the bonus points earned."""
    regular = [grade for grade in grades if not grade.bonus]
    bonus = sum(grade.score for grade in grades if grade.bonus)
    return sum(grade.score for grade in regular), sum(grade.points for grade in regular), bonus


def format_total(grades: Sequence[Grade]) -> str:
    """The total of some grades in words: "22 / 22", or "27 / 22 (bonus: 5)"; a bonus counts on top."""
    earned, possible, bonus = total_points(grades)
    if not any(grade.points for grade in grades):
        return NO_POINTS
    total = f"{format_points(earned + bonus)} / {format_points(possible)}"
    return total + (f" (bonus: {format_points(bonus)})" if bonus else "")


def render_text(grades: Sequence[Grade]) -> Group:
    """Everything for the terminal: a table of exercises, and below it what is to blame where one is not right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("exercise", "cases", "points", "outcome"):
        table.add_column(heading, justify="right" if heading in ("cases", "points") else "left")
    for grade in grades:
        passed = sum(v.outcome is Outcome.PASSED for v in grade.verdicts)
        sign, colour = SIGN[grade.outcome]
        outcome = Text(f"{sign} {grade.outcome.value}", colour)
        name = Text.assemble(grade.exercise, (" (bonus)", "dim")) if grade.bonus else Text(grade.exercise)
        table.add_row(name, f"{passed} of {len(grade.verdicts)}", _format_score(grade), outcome)
    if any(grade.points for grade in grades):
        table.add_row(Text("total", "bold"), "", Text(format_total(grades), "bold"), "")
    return Group(table, *(_render_explanation(grade) for grade in grades if has_more_to_say(grade)))


def render_overview(results: dict[str, Sequence[Grade]]) -> Table:
    """One row for each file, and the total of all."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("file")
    table.add_column("points", justify="right")
    for path, grades in results.items():
        table.add_row(Text(path), format_total(grades))
    everything = [grade for grades in results.values() for grade in grades]
    table.add_row(Text("together", "bold"), Text(format_total(everything), "bold"))
    return table


def render_layers(missing: Mapping[str, str]) -> Group:
    """The layers of the sandbox, active or missing and why, and what that means."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("layer", "here", "what it gives"):
        table.add_column(heading)
    for name, gives in {"process": OWN_PROCESS, **LAYERS}.items():
        why = missing.get(name)
        table.add_row(
            name, Text("✗ missing", "red") if why else Text("✓ active", "green"), gives + f" ({why})" * bool(why)
        )
    end = "every submission is confined by all of them"
    if missing:
        end = "submissions are graded without what is missing; grade where it is not, or see docs/security.md"
    return Group(table, Text(f"\n{end}"))


def _render_explanation(grade: Grade) -> Group:
    """One exercise below the table: what is to blame first."""
    explanation, (sign, colour) = explain_grade(grade), SIGN[grade.outcome]
    head = Text.assemble("\n", (f"{sign} {grade.exercise}", f"bold {colour}"), f"   {_format_score(grade)}")
    parts: list[RenderableType] = [head]
    for number, paragraph in enumerate(explanation.paragraphs):
        text = Text(paragraph.head, "" if number else "bold").append(in_brackets(paragraph.cost), "not bold")
        parts += [text, *map(Text, paragraph.details)]
    if explanation.printed:
        parts += [Text(explanation.printed_in), *(Text(f"    {line}", "dim") for line in shorten(explanation.printed))]
    if explanation.picture:
        parts.append(TerminalPicture(explanation.picture))
    if explanation.source:
        parts.append(Text(explanation.source, "italic"))
    return Group(*(Padding(part, (0, 0, 0, 4 * (part is not head))) for part in parts))


def render_json(results: dict[str, Sequence[Grade]]) -> str:
    """Everything as JSON, file by file."""
    record = {
        path: {
            **dict(zip(("score", "points", "bonus"), (round(part, 2) for part in total_points(grades)), strict=True)),
            "exercises": [grade.as_dict() for grade in grades],
        }
        for path, grades in results.items()
    }
    return json.dumps(record, indent=2, ensure_ascii=False)


def render_html(grade: Grade) -> str:
    """One exercise for a notebook, on a light or a dark background: what is to blame first, the list of cases last."""
    sign, colour = SIGN[grade.outcome]
    explanation = explain_grade(grade)
    parts = [
        f"<div><b style='color:{COLOURS[colour]}'>{sign} {escape(grade.exercise)}</b>: {escape(_result(grade))}</div>"
    ]
    parts += [_render_paragraph(paragraph, not number) for number, paragraph in enumerate(explanation.paragraphs)]
    if explanation.picture:
        parts.append(f"<div style='{BELOW}'>{render_picture_html(explanation.picture)}</div>")
    if explanation.printed:
        parts.append(f"<div style='{BELOW}'>{escape(explanation.printed_in)}</div>")
        parts.append(f"<pre style='{PRE}'>{escape(explanation.printed)}</pre>")
    if explanation.source:
        parts.append(f"<div style='{BELOW};opacity:.75'>{escape(explanation.source)}</div>")
    style = f"border-left:4px solid {COLOURS[colour]};padding-left:12px"
    return f"<div style='{style}'>{''.join(parts)}{_render_cases(grade)}</div>"


def _render_paragraph(paragraph: Paragraph, is_first: bool) -> str:
    head = f"<b>{_escape(paragraph.head)}</b>" if is_first else _escape(paragraph.head)
    cost = f" <span style='white-space:nowrap;opacity:.75'>({_escape(paragraph.cost)})</span>" * bool(paragraph.cost)
    details = "".join(f"<div style='margin-left:1em'>{_escape(line)}</div>" for line in paragraph.details)
    return f"<div style='{BELOW}'>{head}{cost}{details}</div>"


def _escape(text: str) -> str:
    """A sentence as HTML; what stands between backticks is code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _render_cases(grade: Grade) -> str:
    """What was checked, to be opened. Of the many mistakes that a student's test catches, the count says enough."""
    rows = []
    for verdict in grade.verdicts:
        if verdict.passed and verdict.promise.startswith(CAUGHT):
            continue
        sign, colour = SIGN[verdict.outcome]
        rows.append(f"<div><span style='color:{COLOURS[colour]}'>{sign}</span> {escape(verdict.promise)}</div>")
    return f"<details style='{BELOW}'><summary>{_count_passed(grade)}</summary>{''.join(rows)}</details>"


def render_plain(grade: Grade) -> str:
    """One exercise as plain text: a heading, and what is to blame first."""
    explanation = explain_grade(grade)
    lines = [f"{SIGN[grade.outcome][0]} {grade.exercise}: {_result(grade)}"]
    for paragraph in explanation.paragraphs:
        lines += [f"    {line}" for line in (paragraph.head + in_brackets(paragraph.cost), *paragraph.details)]
    if explanation.picture:
        lines.append(f"    {describe_picture(explanation.picture)}")
    if explanation.printed:
        lines += [f"    {explanation.printed_in}", *(f"        {line}" for line in shorten(explanation.printed))]
    lines += [f"    {explanation.source}"] if explanation.source else []
    return "\n".join([*lines, f"    {_count_passed(grade)}"])


def _result(grade: Grade) -> str:
    """The outcome and the points of an exercise."""
    if not grade.points:
        return f"{grade.outcome.value} (for practice, without points)"
    kind = "bonus points" if grade.bonus else "points"
    return f"{grade.outcome.value}, {format_points(grade.score)} of {format_points(grade.points)} {kind}"


def _count_passed(grade: Grade) -> str:
    passed, cases = len(grade.verdicts) - len(grade.failed), len(grade.verdicts)
    if passed == cases:
        others = "mistakes" if is_of_a_test(grade) else "inputs"
        only_public = f"; your grade is made on other {others}, too" * (grade.seed is None and grade.points > 0)
        return (f"all {cases} cases pass" if cases > 1 else "its case passes") + only_public
    return f"{passed} of {cases} {'cases pass' if cases > 1 else 'case passes'}"


def _format_score(grade: Grade) -> str:
    return NO_POINTS if not grade.points else f"{format_points(grade.score)} / {format_points(grade.points)}"
