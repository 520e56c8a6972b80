"""The page of `nbgrader generate_feedback`: a table of what was earned and what to mend, then exercise by exercise.

The page stands alone, but for MathJax; it is made without nbconvert's templates, whose styles alone are larger than it.
"""

import re
import shutil
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Number, String

from autograder import syllabus
from autograder.intake.harmless_html import harmless_html
from autograder.intake.pictures import check_pictures
from autograder.shells.explanation import format_points
from instructor.shells.notebooks import parts
from instructor.shells.notebooks.parts import ANSWER, LESSON, OWN, REPORT, SOLUTION, Part
from instructor.shells.notebooks.submitted import SECRET, TIME_STAMP

STYLE = """
:root{color-scheme:light dark;--line:#d0d7de;--dim:#59636e;--back:#f6f8fa;--link:#0969da}
@media (prefers-color-scheme:dark){:root{--line:#3d444d;--dim:#9198a1;--back:#151b23;--link:#4493f8}}
body{max-width:60rem;margin:0 auto;padding:1rem 1.5rem 4rem;font:16px/1.5 system-ui,sans-serif}
a{color:var(--link)}h1{margin-bottom:.2rem}h2{margin:2.2rem 0 .4rem;border-bottom:1px solid var(--line)}
h2 small,.dim{color:var(--dim);font-weight:normal}h2 small{float:right;font-size:1rem}
table{border-collapse:collapse;margin:.8rem 0}td,th{padding:.25rem .8rem .25rem 0;text-align:left;vertical-align:top}
tr{border-bottom:1px solid var(--line)}td.points,th.points{text-align:right;white-space:nowrap}
pre{background:var(--back);padding:.6rem .8rem;overflow:auto;font-size:.87rem}code{font-size:.92em}
details{margin:.5rem 0}summary{cursor:pointer;color:var(--dim)}
details>div{border-left:2px solid var(--line);padding-left:1rem}
blockquote.comment{margin:.6rem 0;padding:.4rem 1rem;border-left:4px solid #bf8700;background:var(--back)}
.k{color:#cf222e}.s{color:#0a3069}.c{color:var(--dim)}.n{color:#0550ae}.anchor-link{display:none}
@media (prefers-color-scheme:dark){.k{color:#ff7b72}.s{color:#a5d6ff}.n{color:#79c0ff}}
img{max-width:100%}@media print{details:not([open])>*{display:none}}
"""


MATHJAX = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.7/latest.js?config=TeX-AMS_CHTML-full,Safe"
LARGEST, LONGEST_CELL = 150_000, 8_000  # bytes of a page, characters of a cell of code
COLOURS = {Comment: "c", Keyword: "k", Number: "n", String: "s"}
QUESTION_TITLE = re.compile(r"^#+ Written question · (.*?)(?: \([^()]* points?\))?$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """One line of the table at the top: an exercise or a question. `score` is None until a person gives it."""

    name: str
    title: str
    score: float | None
    points: float
    bonus: bool
    mend: str

    @property
    def earned(self) -> str:
        """Points in words: "2.5 / 5", or "+1 of 2" for a bonus."""
        if self.score is None:
            return f"? / {format_points(self.points)}"
        if self.bonus:
            return f"+{format_points(self.score)} of {format_points(self.points)}"
        return f"{format_points(self.score)} / {format_points(self.points)}"


@dataclass(frozen=True)
class Marks:
    """What nbgrader's gradebook says about a notebook: `score` is less the penalty; `cells` has for each cell that is
    graded its score, its points and whether it waits for a person; `comments` what was said to a cell."""

    score: float
    max_score: float
    late_penalty: float
    cells: dict[str, tuple[float, float, bool]]
    comments: dict[str, str | None]


def write_page(graded: Path, page: Path, marks: Marks, course: Path) -> None:
    """Write the page of a graded notebook, and beside it what the exchange needs to release it."""
    notebook = nbformat.v4.reads(graded.read_text(encoding="utf-8"))
    add_marks(notebook, marks)
    said = {"score": marks.score, "max_score": marks.max_score, "late_penalty": marks.late_penalty}
    text = render_page(notebook, {**said, "notebook": graded.stem}, course)
    page.parent.mkdir(parents=True, exist_ok=True)
    copy_records(graded.parent, page.parent)
    page.write_text(text, encoding="utf-8")


def add_marks(notebook: NotebookNode, marks: Marks) -> None:
    """Write the gradebook's marks and comments into the cells, as nbgrader's `GetGrades` does."""
    for cell in notebook.cells:
        tags = cell.metadata.get("nbgrader", {})
        if tags.get("solution"):
            tags["comment"] = marks.comments[tags["grade_id"]]
        if tags.get("grade"):
            tags["score"], tags["points"], tags["waits"] = marks.cells[tags["grade_id"]]


def copy_records(graded: Path, page: Path) -> None:
    """Copy the time and the secret of a hand-in from one folder to another, where they are there."""
    for name in (TIME_STAMP, SECRET):
        if (graded / name).is_file():
            shutil.copyfile(graded / name, page / name)


def render_page(notebook: NotebookNode, graded: dict[str, Any], course: Path) -> str:
    """The page; `graded` is what nbgrader says: score, max_score, late_penalty and notebook.

    Where it gets too large, the lesson's text is left out: students have it.
    """
    found = list(parts.split(notebook, course))
    page = _render(found, notebook, graded)
    if len(page.encode()) > LARGEST:
        page = _render([part for part in found if part.kind != LESSON], notebook, graded)
    return page


def _render(found: list[Part], notebook: NotebookNode, graded: dict[str, Any]) -> str:
    rows = [_make_row(part, notebook) for part in found if part.kind in (REPORT, ANSWER)]
    by_name = {row.name: row for row in rows}
    title = _title(notebook, graded["notebook"])
    body = [f"<h1>{escape(title)}: {_total(graded)}</h1>", _render_note(rows), _render_table(rows, graded)]
    for part in found:
        if part.kind in (SOLUTION, ANSWER, REPORT) and (row := by_name.pop(part.name, None)):
            body.append(_render_heading(row))
        body.append(_render_part(part))
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}<style>{STYLE}</style>{_mathjax()}</head><body id="top">\n'
        + "\n".join([*body, "</body></html>\n"])
    )


def _make_row(part: Part, notebook: NotebookNode) -> Row:
    tags, name = part.cells[0].metadata.nbgrader, part.name
    score, points = float(tags.get("score") or 0), float(tags.get("points") or 0)
    if part.kind == ANSWER:
        waits, comment = tags.get("waits", False), (tags.get("comment") or "").strip()
        mend = "not marked yet" if waits else comment.split("\n")[0] or ("" if score >= points else "see your answer")
        return Row(name, _question_title(part), None if waits else score, points, False, mend)
    told = notebook.metadata.get("autograder", {}).get("exercises", {}).get(name, {})
    bonus = _is_bonus(name)
    return Row(name, name, score, syllabus.exercise(name).points if bonus else points, bonus, told.get("mend", ""))


def _is_bonus(name: str) -> bool:
    return name in syllabus.exercise_names() and syllabus.exercise(name).bonus


def _question_title(part: Part) -> str:
    """The title of a written question where it still stands above the answer, or else its name, in words."""
    title = QUESTION_TITLE.search(part.cells[0].source)
    return "written: " + (title[1] if title else part.name.removeprefix(parts.QUESTION).replace("_", " "))


def _title(notebook: NotebookNode, name: str) -> str:
    """The heading of the lesson, or the notebook's name."""
    texts = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return next((line[2:].strip() for text in texts for line in text.splitlines() if line.startswith("# ")), name)


def _total(graded: dict[str, Any]) -> str:
    return f"{format_points(graded['score'])} / {format_points(graded['max_score'])}"


def _render_note(rows: list[Row]) -> str:
    waiting = sum(row.points for row in rows if row.score is None)
    if not waiting:
        return ""
    return f'<p class="dim">Up to {format_points(waiting)} more for the written answers, which a person marks.</p>'


def _render_table(rows: list[Row], graded: dict[str, Any]) -> str:
    lines = [
        f'<tr><td><a href="#{escape(row.name)}">{escape(row.title)}</a>{" (bonus)" * row.bonus}</td>'
        f'<td class="points">{row.earned}</td><td>{_in_line(row.mend)}</td></tr>'
        for row in rows
    ]
    if graded.get("late_penalty"):
        lines.append(
            f'<tr><td>handed in late</td><td class="points">-{format_points(graded["late_penalty"])}</td><td></td></tr>'
        )
    lines.append(f'<tr><th>total</th><th class="points">{_total(graded)}</th><th></th></tr>')
    head = '<tr><th>exercise</th><th class="points">points</th><th>what to mend</th></tr>'
    return f"<table>{head}{''.join(lines)}</table>"


def _in_line(sentence: str) -> str:
    """A sentence that may hold code between backticks."""
    pieces = escape(sentence).split("`")
    return "".join(f"<code>{piece}</code>" if n % 2 else piece for n, piece in enumerate(pieces))


def _render_heading(row: Row) -> str:
    top = '<a href="#top" title="to the table">↑</a>'
    return f'<h2 id="{escape(row.name)}">{escape(row.title)} <small>{row.earned} {top}</small></h2>'


def _render_part(part: Part) -> str:
    if part.kind == REPORT:
        return _render_report(part.cells[0])
    if part.kind == ANSWER:
        return _render_answer(part.cells[0])
    if part.kind == SOLUTION:
        return "".join(_render_code(cell) for cell in part.cells)
    if part.kind == OWN:
        shown = "".join(_render_code(c) if c.cell_type == "code" else _render_text(c) for c in part.cells)
        return _fold("Your own cells", shown)
    assert part.kind == LESSON
    return _fold_lesson(parts.as_markdown(part.cells))


@lru_cache(maxsize=256)
def _fold_lesson(text: str) -> str:
    """The lesson's text, folded away; it is the same on every student's page."""
    headings = [line.lstrip("#").strip() for line in text.splitlines() if line.startswith(("# ", "## ", "### "))]
    return _fold(f"The lesson: {headings[0].replace('`', '')}" if headings else "The lesson", harmless_html(text))


def _fold(summary: str, content: str) -> str:
    return f"<details><summary>{escape(summary)}</summary><div>{content}</div></details>"


def _render_report(cell: NotebookNode) -> str:
    """What the grader wrote into a test cell."""
    shown = [output["data"].get("text/html", "") for output in cell.get("outputs", []) if "data" in output]
    return "".join(shown) or "<p>not graded: the course's grader did not run</p>"


def _render_answer(cell: NotebookNode) -> str:
    comment = (cell.metadata.nbgrader.get("comment") or "").strip()
    said = f'<blockquote class="comment">{harmless_html(comment)}</blockquote>' if comment else ""
    return _render_text(cell) + said


def _render_text(cell: NotebookNode) -> str:
    """A text cell, with the pictures that are attached to it."""
    return harmless_html(cell.source, check_pictures(cell.get("attachments")))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}\n... ({len(text) - LONGEST_CELL} more)"


def _render_code(cell: NotebookNode) -> str:
    """Code with a colour for four kinds of words: more would make the page twice as large."""
    pieces = []
    for token, text in PythonLexer(stripnl=False).get_tokens(_cut(cell.source)):
        colour = next((name for kind, name in COLOURS.items() if token in kind), "")
        pieces.append(f'<span class="{colour}">{escape(text)}</span>' if colour else escape(text))
    return f"<pre>{''.join(pieces).rstrip()}</pre>"


@lru_cache(maxsize=1)
def _mathjax() -> str:
    """MathJax, without what could do harm, as nbconvert loads it."""
    delimiters = '{tex2jax:{inlineMath:[["$","$"]],displayMath:[["$$","$$"]],processEscapes:true}}'
    setting = f'<script type="text/x-mathjax-config">MathJax.Hub.Config({delimiters})</script>'
    return f'{setting}<script async src="{escape(MATHJAX)}"></script>'
