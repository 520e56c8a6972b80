"""Show grades: as a table in the terminal, as HTML in a notebook or a feedback page, as JSON."""

import json
from collections.abc import Sequence
from html import escape

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.verdict import Grade, Outcome, Verdict

SIGN = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.WRONG: ("✗", "red"),
    Outcome.CRASHED: ("✗", "red"),
    Outcome.TIMED_OUT: ("✗", "red"),
    Outcome.FORBIDDEN: ("✗", "red"),
    Outcome.NOT_ATTEMPTED: ("–", "yellow"),
}


def number(points: float) -> str:
    """Write points without needless zeros: 2, 0.5, 1.67."""
    return f"{round(points, 2):g}"


def possible_points(grades: Sequence[Grade]) -> float:
    """The points of a whole submission, without the bonus."""
    return sum(grade.points for grade in grades if not grade.bonus)


def told(grade: Grade) -> list[Verdict]:
    """The failed cases that are worth showing: each likely cause once, and those without one."""
    failed = [verdict for verdict in grade.verdicts if verdict.outcome is not Outcome.PASSED]
    if grade.outcome in (Outcome.NOT_ATTEMPTED, Outcome.FORBIDDEN):
        return failed[:1]
    first_with = {verdict.cause: verdict for verdict in reversed(failed)}
    return [verdict for verdict in failed if not verdict.cause or verdict is first_with[verdict.cause]]


def message(verdict: Verdict) -> list[str]:
    """The four parts of what a student is told about a case: promise, place and amount, likely cause, source."""
    if verdict.outcome is Outcome.FORBIDDEN:
        return [verdict.where, verdict.source]
    lines = [verdict.promise, verdict.where]
    if verdict.cause:
        lines.append(f"likely cause: {verdict.cause}")
    return [line for line in (*lines, verdict.source) if line]


def sentence(grades: Sequence[Grade]) -> str:
    """One sentence for a whole submission: the first likely cause, or else the first thing that went wrong."""
    verdicts = [v for grade in grades for v in grade.verdicts if v.outcome is not Outcome.PASSED]
    ordered = sorted(verdicts, key=lambda v: (v.outcome is Outcome.NOT_ATTEMPTED, not v.cause))
    if not ordered:
        return "everything is right"
    first = ordered[0]
    return f"{first.exercise}: {first.cause or first.where}"


def as_text(grades: Sequence[Grade]) -> Group:
    """Everything for the terminal: a table of exercises, and below it what each failed case has to say."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in (("exercise", "left"), ("cases", "right"), ("points", "right"), ("outcome", "left")):
        table.add_column(heading, justify=justify)
    for grade in grades:
        passed = sum(v.outcome is Outcome.PASSED for v in grade.verdicts)
        sign, colour = SIGN[grade.outcome]
        points = f"{number(grade.score)} / {number(grade.points)}"
        outcome = Text(f"{sign} {grade.outcome.value}", colour)
        name = Text.assemble(grade.exercise, (" (bonus)", "dim")) if grade.bonus else Text(grade.exercise)
        table.add_row(name, f"{passed} of {len(grade.verdicts)}", points, outcome)
    total, possible = sum(g.score for g in grades), possible_points(grades)
    table.add_row(Text("total", "bold"), "", Text(f"{number(total)} / {number(possible)}", "bold"), "")
    return Group(table, *(part for grade in grades for part in _explanations(grade)))


def _explanations(grade: Grade) -> list[Group]:
    parts = []
    for verdict in told(grade) if grade.outcome is not Outcome.NOT_ATTEMPTED else []:
        sign, colour = SIGN[verdict.outcome]
        head = Text.assemble("\n", (f"{sign} {grade.exercise} · {verdict.case}", f"bold {colour}"))
        head.append(f"   {number(verdict.score)} / {number(verdict.points)}")
        lines = [Padding(Text(line), (0, 0, 0, 4)) for line in message(verdict)]
        parts.append(Group(head, *lines))
    return parts


def as_json(results: dict[str, Sequence[Grade]]) -> str:
    """Everything as JSON, file by file."""
    record = {
        path: {
            "points": round(possible_points(grades), 2),
            "score": round(sum(g.score for g in grades), 2),
            "exercises": [grade.as_dict() for grade in grades],
        }
        for path, grades in results.items()
    }
    return json.dumps(record, indent=2, ensure_ascii=False)


def as_html(grade: Grade) -> str:
    """One exercise for a notebook: a heading, a row for each case, the explanation under a failed one."""
    colours = {"green": "#1a7f37", "red": "#cf222e", "yellow": "#9a6700"}
    sign, colour = SIGN[grade.outcome]
    shown = set(map(id, told(grade)))
    rows = []
    for verdict in grade.verdicts:
        mark, tint = SIGN[verdict.outcome]
        text = escape(verdict.promise)
        if id(verdict) in shown:
            text += "".join(f"<div style='margin:2px 0 0 1em'>{_marked(line)}</div>" for line in message(verdict)[1:])
        rows.append(
            f"<tr><td style='color:{colours[tint]};vertical-align:top'>{mark}</td>"
            f"<td style='text-align:left'>{text}</td>"
            f"<td style='white-space:nowrap;vertical-align:top'>"
            f"{number(verdict.score)} / {number(verdict.points)}</td></tr>"
        )
    return (
        f"<div style='border-left:4px solid {colours[colour]};padding-left:12px'>"
        f"<b>{sign} {escape(grade.exercise)}</b>: {grade.outcome.value}, "
        f"{number(grade.score)} of {number(grade.points)} points"
        f"<table style='margin:6px 0'>{''.join(rows)}</table></div>"
    )


def _marked(line: str) -> str:
    head, colon, rest = line.partition("likely cause: ")
    return f"<b>likely cause:</b> {escape(rest)}" if colon and not head else escape(line)


def as_plain(grade: Grade) -> str:
    """One exercise as plain text, as wide as the text is."""
    console = Console(width=110, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(as_text([grade]))
    return captured.get().rstrip()
