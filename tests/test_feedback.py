"""The pages that students and markers read: what stands at the top, what is folded away, and how large they are."""

import re
from html import unescape
from pathlib import Path

import nbformat
import nbgrader.server_extensions.formgrader.handlers as formgrader
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

from autograder import syllabus
from autograder.exercise import Exercise
from autograder.judging.judge import refuse
from autograder.shells.explanation import record_of
from autograder.verdict import Finding, Grade, Outcome, Verdict
from demo.classroom import submission
from instructor.authoring.lessons import find_lessons, unit_name
from instructor.shells.nbgrader import configure
from instructor.shells.notebooks.graded import write_grade
from instructor.shells.notebooks.page import LARGEST, MATHJAX, render_page
from tests.sampled import sample

pytestmark = pytest.mark.filterwarnings("ignore")  # nbconvert warns about itself

PROJECT = Path(__file__).resolve().parent.parent
LESSONS = find_lessons(PROJECT)
ATTENTION = next(lesson for lesson in LESSONS if unit_name(lesson) == "attention")
SENTENCE = "The scores are divided by `d_k`, not by its <root>."


def passed(exercise: Exercise) -> Grade:
    points = exercise.points / len(exercise.cases)
    verdicts = tuple(
        Verdict(exercise.name, c.name, c.promise, Outcome.PASSED, points, "", "", "", "", c.hidden)
        for c in exercise.cases
    )
    return Grade(exercise.name, "attention", exercise.points, exercise.bonus, verdicts, None)


def wrong(exercise: Exercise) -> Grade:
    first, *others = passed(exercise).verdicts
    failed = Verdict(
        exercise.name, first.case, first.promise, Outcome.WRONG, first.points, "1 is 2", "m", SENTENCE, "", False
    )
    finding = Finding("m", SENTENCE, (first.case,), exercise.points / 2)
    return Grade(
        exercise.name, "attention", exercise.points, exercise.bonus, (failed, *others), None, findings=(finding,)
    )


def graded_notebook(
    lesson: Path, grades: dict[str, Grade] | None = None, answers: dict[str, str] | None = None
) -> NotebookNode:
    """A notebook as `nbgrader autograde` and `GetGradesAndState` leave it; all is right but what `grades` say."""
    name = unit_name(lesson)
    source, release = (
        nbformat.read(PROJECT / folder / lesson.stem / f"{name}.ipynb", as_version=4)
        for folder in ("solutions", "assignments")
    )
    notebook = submission(source, release, answers or {})
    results = {e.name: passed(e) for e in syllabus.units()[name].exercises} | (grades or {})
    for cell in notebook.cells:
        tags = cell.metadata.get("nbgrader", {})
        if tags.get("grade_id") in results:
            result = results[tags["grade_id"]]
            write_grade(cell, result)
            cell.outputs = nbformat.from_dict(cell.outputs)
            tags["score"] = result.score
        elif tags.get("grade"):
            tags |= {"score": 0.0, "waits": True}
    notebook.metadata["autograder"] = {"unit": name, "exercises": {n: record_of(g) for n, g in results.items()}}
    return notebook


def page_of(notebook: NotebookNode, lesson: Path = ATTENTION, late: float = 0, course: Path = PROJECT) -> str:
    unit = syllabus.units()[unit_name(lesson)]
    score = sum(cell.metadata.get("nbgrader", {}).get("score", 0) for cell in notebook.cells) - late
    said = {"score": score, "max_score": unit.points, "late_penalty": late, "notebook": unit.name}
    return render_page(notebook, said, course)


def table_of(page: str) -> list[list[str]]:
    """The cells of the rows of the table at the top, as text."""
    (table,) = re.findall(r"<table>.*?</table>", page)[:1]
    rows = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in re.findall(r"<tr>(.*?)</tr>", table)]
    return [[unescape(re.sub(r"<[^>]*>", "", cell)) for cell in row] for row in rows]


def without_folds(page: str) -> str:
    """What is seen before anything is opened."""
    before = None
    while page != before:
        before, page = page, re.sub(r"<details>(?:(?!<details).)*?</details>", "", page, flags=re.DOTALL)
    return page


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_the_page_of_every_unit_opens_with_a_table_of_all_that_is_graded_and_is_small(lesson):
    page, unit = page_of(graded_notebook(lesson), lesson), syllabus.units()[unit_name(lesson)]
    assert page.index("<table>") < page.index("<h2")
    head, *rows, total = table_of(page)
    assert head == ["exercise", "points", "what to mend"]
    assert len(rows) == len(unit.exercises) + len(unit.questions)
    earned = sum(e.points for e in unit.exercises)
    assert total == ["total", f"{earned:g} / {unit.points:g}", ""]
    assert len(page.encode()) < LARGEST
    links = re.findall(r'<a href="#([\w-]+)">', page.partition("</table>")[0])
    assert len(links) == len(rows) and all(page.count(f'<h2 id="{name}">') == 1 for name in links)


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_the_lessons_own_text_is_folded_away(lesson):
    notebook = graded_notebook(lesson)
    page = page_of(notebook, lesson)
    seen = without_folds(page)
    given = [c.source.splitlines()[0] for c in notebook.cells if "nbgrader" not in c.metadata and c.source]
    assert given
    assert "The lesson:" in page and "Your own cells" not in page
    shown = [line for line in given if len(line) > 40 and re.sub(r"[*`$]", "", line)[:40] in seen]
    assert shown == []
    assert all(f"<b style='color:#2da44e'>✓ {e.name}" in seen for e in syllabus.units()[unit_name(lesson)].exercises)


def test_the_table_says_what_to_mend_and_what_a_person_still_marks():
    sdpa = syllabus.exercise("scaled_dot_product_attention")
    notebook = graded_notebook(ATTENTION, {sdpa.name: wrong(sdpa)})
    rows = {row[0]: row[1:] for row in table_of(page_of(notebook))}
    assert rows[sdpa.name] == ["2.5 / 5", SENTENCE.replace("`", "")]
    assert rows["softmax"] == ["2 / 2", ""]
    assert rows["softmax_backward (bonus)"] == ["+1 of 1", ""]
    assert rows["written: the variance of a dot product"] == ["? / 2", "not marked yet"]
    assert "Up to 3 more for the written answers" in page_of(notebook)


def test_a_mark_and_a_comment_of_a_person_are_shown():
    notebook = graded_notebook(ATTENTION, answers={"question-variance": "It is $d_k$ <script>alert(1)</script>"})
    tags = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "question-variance")
    tags.metadata.nbgrader |= {"score": 1.5, "waits": False, "comment": "Say why.\n\n<script>alert(2)</script>"}
    page = page_of(notebook, late=2)
    rows = {row[0]: row[1:] for row in table_of(page)}
    assert rows["written: the variance of a dot product"] == ["1.5 / 2", "Say why."]
    assert rows["handed in late"] == ["-2", ""]
    assert rows["total"] == ["28.5 / 25", ""]
    assert re.search(r'<blockquote class="comment"><p>Say why.</p>', page)
    assert "<script>alert" not in page and "It is $d_k$" in page


def test_a_bonus_that_was_left_out_is_no_failure():
    bonus = syllabus.exercise("softmax_backward")
    left = Verdict(bonus.name, "c", "", Outcome.NOT_ATTEMPTED, bonus.points, "not written yet", "", "", "", False)
    grade = Grade(bonus.name, "attention", bonus.points, True, (left,), None)
    rows = {row[0]: row[1:] for row in table_of(page_of(graded_notebook(ATTENTION, {bonus.name: grade})))}
    assert rows["softmax_backward (bonus)"] == ["+0 of 1", ""]


def test_a_file_that_was_refused_says_why_in_every_row():
    unit = syllabus.units()["attention"]
    grades = {g.exercise: g for g in refuse(unit.exercises, unit.name, "attention.ipynb is a link")}
    rows = table_of(page_of(graded_notebook(ATTENTION, grades)))
    assert sum(row[2] == "attention.ipynb is a link" for row in rows) == len(unit.exercises)


def test_own_cells_are_kept_and_a_long_page_gives_up_the_lesson_first():
    notebook = graded_notebook(ATTENTION)
    notebook.cells.insert(3, nbformat.v4.new_code_cell("helper = '<b>'\n" * 3000))
    notebook.cells.insert(4, nbformat.v4.new_markdown_cell("my **own** notes"))
    page = page_of(notebook)
    assert len(page.encode()) < LARGEST
    assert "my <strong>own</strong> notes" in page and "Your own cells" in page
    assert "helper" in page and "&lt;b&gt;" in page and "more)" in page
    notebook.cells.insert(5, nbformat.v4.new_markdown_cell("word " * 20_000))
    page = page_of(notebook)
    assert len(page.encode()) < LARGEST + 100_000
    assert "The lesson:" not in page


def test_without_a_release_everything_is_still_there(tmp_path):
    page = page_of(graded_notebook(ATTENTION), course=tmp_path)
    assert "The lesson:" not in page and "Your own cells" in page


def formgraders_page(lesson: Path, notebook: NotebookNode, folder: Path) -> str:
    config = Config()
    configure(config, PROJECT)
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [formgrader.template_path]
    nbformat.write(notebook, folder / "notebook.ipynb")
    names = ("assignment_id", "notebook_id", "submission_id", "base_url", "student", "last_name", "first_name")
    resources = dict.fromkeys((*names, "notebook_path"), "x") | {"index": 0, "total": 1}
    return HTMLExporter(config=config).from_filename(str(folder / "notebook.ipynb"), resources=resources)[0]


@pytest.mark.parametrize("lesson", sample(LESSONS, 3), ids=unit_name)
def test_the_formgrader_folds_the_lesson_too_and_shows_how_each_answer_is_marked(lesson, tmp_path):
    page = formgraders_page(lesson, graded_notebook(lesson), tmp_path)
    assert len(page.encode()) < LARGEST
    for question in syllabus.units()[unit_name(lesson)].questions:
        buttons = re.findall(rf"pick\(this, 'question-{question.name}'\)[^>]*>([^<]*)</button>", page)
        assert list(map(unescape, buttons)) == [mark.if_missing for mark in question.marks]
        assert f'id="question-{question.name}-comment"' in page
    assert page.count("The lesson's text</summary>") >= len(syllabus.units()[unit_name(lesson)].exercises) // 2


@pytest.mark.parametrize("unit", syllabus.units().values(), ids=lambda unit: unit.name)
def test_every_mark_has_a_sentence_and_the_marks_of_an_answer_make_whole_points(unit):
    for question in unit.questions:
        assert question.points == int(question.points) > 0
        assert all(mark.points > 0 and mark.if_missing.endswith(".") for mark in question.marks)
        assert len({mark.if_missing for mark in question.marks}) == len(question.marks) >= 2
        assert question.notes[0] == f"Half the points, for example: {question.half}" and question.half.endswith(".")


def test_mathjax_is_what_nbconvert_loads():
    assert HTMLExporter.class_traits()["mathjax_url"].default() == MATHJAX
