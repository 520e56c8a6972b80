"""The formgrader's page of a submission: the lesson's text folded away, its code and hints left out.

Below each written answer stands what earns its points, with a sentence for a student who lacks it.
A click on a sentence puts it into the comment.
"""

import re
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from traitlets import Unicode

from autograder import syllabus
from autograder.exercise import Question
from autograder.intake.harmless_html import harmless_html
from instructor.authoring.tables_and_headers import format_fraction
from instructor.shells.notebooks import parts
from instructor.shells.notebooks.parts import ANSWER, LESSON, Part

LESSON_CHARACTERS = 10_000  # of the lesson on a page, which has to stay small
HINTS = re.compile(r"<details>.*?</details>\s*", flags=re.DOTALL)
ONCE = """<style>
summary.fold{display:list-item;cursor:pointer;color:#777}
button.pick{display:block;width:100%;text-align:left;white-space:normal;margin:2px 0 8px}
</style><script>
function pick(button, name) {
  var box = document.getElementById(name + "-comment");
  box.value += (box.value && "\\n") + button.textContent;
  jQuery(box).trigger("change");
}
</script>"""


class FoldLesson(Preprocessor):
    """Changes a graded notebook before the formgrader shows it, and no file."""

    course = Unicode(help="The folder of the course, where its releases are.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Return the notebook as a marker wants to see it."""
        unit = syllabus.units().get(nb.metadata.get("autograder", {}).get("unit", ""))
        questions = {f"{parts.QUESTION}{q.name}": q for q in unit.questions} if unit else {}
        found = list(parts.split(nb, Path(self.course)))
        long = find_long(found)
        nb.cells = [_show_html(ONCE), *(cell for part in found for cell in _show(part, questions, part in long))]
        return nb, resources


def find_long(found: list[Part]) -> list[Part]:
    """The longest parts of the lesson, as many as have to be left out for the rest to keep to LESSON_CHARACTERS."""
    lesson = sorted((part for part in found if part.kind == LESSON), key=lambda part: -len(_read_text(part)))
    total = sum(len(_read_text(part)) for part in lesson)
    long = []
    while total > LESSON_CHARACTERS:
        long.append(lesson.pop(0))
        total -= len(_read_text(long[-1]))
    return long


def _read_text(part: Part) -> str:
    return HINTS.sub("", parts.as_markdown(cell for cell in part.cells if cell.cell_type == "markdown"))


def _show(part: Part, questions: dict[str, Question], is_long: bool) -> list[NotebookNode]:
    if part.kind == LESSON:
        text = "This part is long: it is in the release." if is_long else _read_text(part)
        return [_show_html(fold("The lesson's text", harmless(text)))] if text else []
    if part.kind == ANSWER and part.name in questions:
        return [*part.cells, _show_html(render_marks(questions[part.name]))]
    return list(part.cells)


def _show_html(page: str) -> NotebookNode:
    """A cell of which only its output is shown."""
    output = nbformat.v4.new_output("display_data", data={"text/html": page})
    return nbformat.v4.new_code_cell("", outputs=[output], metadata={"transient": {"remove_source": True}})


def fold(summary: str, content: str, opened: bool = False) -> str:
    """Something that opens with a click; the formgrader's styles hide the triangle of others."""
    head = f'<summary class="fold">{escape(summary)}</summary>'
    return f"<details{' open' * opened}>{head}{content}</details>"


@lru_cache(maxsize=256)
def harmless(markdown: str) -> str:
    """The lesson's text as HTML; it is the same for every submission."""
    return harmless_html(markdown)


def render_marks(question: Question) -> str:
    """What earns the points of a question; each with the sentence for a student who lacks it, as a button."""
    rows = [
        f"<div><b>{format_fraction(mark.points)}</b> {escape(mark.earned_by.replace('*', ''))}"
        f'<button type="button" class="btn btn-default btn-sm pick" '
        f"onclick=\"pick(this, '{parts.QUESTION}{question.name}')\">{escape(mark.if_missing)}</button></div>"
        for mark in question.marks
    ]
    notes = "".join(f"<p><i>{escape(note.replace('*', ''))}</i></p>" for note in question.notes)
    summary = "How to mark it. A click on a sentence adds it to the comment."
    return fold(summary, "".join(rows) + notes, opened=True)
