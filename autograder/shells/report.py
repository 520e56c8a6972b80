"""Show grades: as a table in the terminal, as HTML in a notebook or a feedback page, as JSON."""

import json
from collections.abc import Mapping, Sequence
from html import escape

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.sandbox.confinement import LAYERS
from autograder.verdict import Grade, Outcome, Verdict

OWN_PROCESS = (
    "a process started clean: no environment, descriptor or memory of the grader's; a wall clock on each stage"
)

CELL = "padding:2px 8px;vertical-align:top"
SIGN = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.WRONG: ("✗", "red"),
    Outcome.CRASHED: ("✗", "red"),
    Outcome.TIMED_OUT: ("✗", "red"),
    Outcome.FORBIDDEN: ("✗", "red"),
    Outcome.NOT_ATTEMPTED: ("–", "yellow"),
    Outcome.UNREADABLE: ("✗", "red"),
}


def format_points(points: float) -> str:
    """Write points without needless zeros: 2, 0.5, 1.67."""
    return f"{round(points, 2):g}"


def total_points(grades: Sequence[Grade]) -> tuple[float, float, float]:
    """The points earned and the points possible, without the bonus, and the bonus points earned."""
    regular = [grade for grade in grades if not grade.bonus]
    bonus = sum(grade.score for grade in grades if grade.bonus)
    return sum(grade.score for grade in regular), sum(grade.points for grade in regular), bonus


def format_total(grades: Sequence[Grade]) -> str:
    """The total of some grades in words: "22 / 22", or "22 / 22 + 5 bonus"."""
    earned, possible, bonus = total_points(grades)
    return f"{format_points(earned)} / {format_points(possible)}" + (
        f" + {format_points(bonus)} bonus" if bonus else ""
    )


def select_verdicts(grade: Grade) -> list[Verdict]:
    """The failed cases that are worth showing: each likely cause once, and those without one."""
    failed = [verdict for verdict in grade.verdicts if verdict.outcome is not Outcome.PASSED]
    if grade.outcome in (Outcome.NOT_ATTEMPTED, Outcome.FORBIDDEN):
        return failed[:1]
    first_with = {verdict.cause: verdict for verdict in reversed(failed)}
    return [verdict for verdict in failed if not verdict.cause or verdict is first_with[verdict.cause]]


def explain(verdict: Verdict) -> list[str]:
    """The four parts of what a student is told about a case: promise, place and amount, likely cause, source."""
    if verdict.outcome is Outcome.FORBIDDEN:
        return [verdict.where, verdict.source]
    lines = [verdict.promise, verdict.where]
    if verdict.cause:
        lines.append(f"likely cause: {verdict.cause}")
    return [line for line in (*lines, verdict.source) if line]


def summarize(grades: Sequence[Grade]) -> str:
    """One sentence for a whole submission: the first likely cause, or else the first thing that went wrong."""
    open_grades = [grade for grade in grades if not grade.is_settled]
    verdicts = [v for grade in open_grades for v in grade.verdicts if v.outcome is not Outcome.PASSED]
    ordered = sorted(verdicts, key=lambda v: (v.outcome is Outcome.NOT_ATTEMPTED, not v.cause))
    if not ordered:
        return "everything is right"
    first = ordered[0]
    return f"{first.exercise}: {first.cause or first.where}"


def render_text(grades: Sequence[Grade]) -> Group:
    """Everything for the terminal: a table of exercises, and below it what each failed case has to say."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("exercise", "cases", "points", "outcome"):
        table.add_column(heading, justify="right" if heading in ("cases", "points") else "left")
    for grade in grades:
        passed = sum(v.outcome is Outcome.PASSED for v in grade.verdicts)
        sign, colour = SIGN[grade.outcome]
        outcome = Text(f"{sign} {grade.outcome.value}", colour)
        name = Text.assemble(grade.exercise, (" (bonus)", "dim")) if grade.bonus else Text(grade.exercise)
        table.add_row(name, f"{passed} of {len(grade.verdicts)}", _format_score(grade), outcome)
    table.add_row(Text("total", "bold"), "", Text(format_total(grades), "bold"), "")
    return Group(table, *(part for grade in grades for part in _render_explanations(grade)))


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


def _render_explanations(grade: Grade) -> list[Group]:
    parts = []
    for verdict in select_verdicts(grade) if grade.outcome is not Outcome.NOT_ATTEMPTED else []:
        sign, colour = SIGN[verdict.outcome]
        head = Text.assemble("\n", (f"{sign} {grade.exercise} · {verdict.case}", f"bold {colour}"))
        head.append(f"   {_format_score(verdict)}")
        lines = [Padding(Text(line), (0, 0, 0, 4)) for line in explain(verdict)]
        parts.append(Group(head, *lines))
    return parts


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
    """One exercise for a notebook: a heading, a row for each case, the explanation under a failed one."""
    colours = {"green": "#1a7f37", "red": "#cf222e", "yellow": "#9a6700"}
    sign, colour = SIGN[grade.outcome]
    shown = set(map(id, select_verdicts(grade)))
    rows = []
    for verdict in grade.verdicts:
        mark, tint = SIGN[verdict.outcome]
        text = escape(verdict.promise)
        if id(verdict) in shown:
            lines = [line for line in explain(verdict) if line != verdict.promise]
            text += "".join(f"<div style='margin:2px 0 0 1em'>{_render_line(line)}</div>" for line in lines)
        rows.append(
            f"<tr><td style='color:{colours[tint]};{CELL}'>{mark}</td>"
            f"<td style='text-align:left;{CELL}'>{text}</td>"
            f"<td style='white-space:nowrap;{CELL}'>"
            f"{_format_score(verdict)}</td></tr>"
        )
    return (
        f"<div style='border-left:4px solid {colours[colour]};padding-left:12px'>"
        f"<b>{sign} {escape(grade.exercise)}</b>: {grade.outcome.value}, "
        f"{format_points(grade.score)} of {format_points(grade.points)} points"
        f"<table style='margin:6px 0'>{''.join(rows)}</table></div>"
    )


def _render_line(line: str) -> str:
    head, colon, rest = line.partition("likely cause: ")
    return f"<b>likely cause:</b> {escape(rest)}" if colon and not head else escape(line)


def render_plain(grade: Grade) -> str:
    """One exercise as plain text: a heading, a line for each case, the explanation under a failed one."""
    sign, _ = SIGN[grade.outcome]
    lines = [f"{sign} {grade.exercise}: {grade.outcome.value}, {_format_score(grade)} points"]
    shown = set(map(id, select_verdicts(grade)))
    for verdict in grade.verdicts:
        mark, _ = SIGN[verdict.outcome]
        lines.append(f"  {mark} {verdict.promise}   {_format_score(verdict)}")
        if id(verdict) in shown:
            lines += [f"      {line}" for line in explain(verdict) if line != verdict.promise]
    return "\n".join(lines)


def _format_score(part: Grade | Verdict) -> str:
    earned = part.score if isinstance(part, Grade) else part.points * part.passed
    return f"{format_points(earned)} / {format_points(part.points)}"
