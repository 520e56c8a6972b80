"""Unit 0: its picture is at the top of every lesson, its exercise is checked like any other, and it is in no grade."""

import re
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from click.testing import CliRunner

from autograder import check, syllabus
from autograder.__main__ import main
from autograder.intake.files import BadSubmission
from autograder.intake.submission import read
from autograder.shells.progress import find_next, measure_progress, render_progress, render_progress_html
from autograder.syllabus import PRACTICE
from instructor.authoring.course_map import BOXES, FRAMES, HEIGHT, NAME, UNITS, WIDTH, describe, draw, file_name
from instructor.authoring.lessons import find_introduction, find_lessons, unit_name
from instructor.authoring.png import read_picture
from tests.nested_pytest import run_here

pytestmark = pytest.mark.usefixtures("one_worker")

PROJECT = Path(__file__).resolve().parent.parent
LESSONS = find_lessons(PROJECT)
(START,) = find_introduction(PROJECT)
RELEASE = PROJECT / "assignments" / "00_start" / "start.ipynb"
SOLVED = PROJECT / "solutions" / "00_start" / "start.ipynb"
SVG = "{http://www.w3.org/2000/svg}"


def filled(picture: str) -> list[str]:
    """The words in the boxes of a picture that are lit."""
    return [
        node.text or "" for node in ElementTree.fromstring(picture).iter(f"{SVG}text") if node.get("fill") == "#ffffff"
    ]


# ---- the picture


@pytest.mark.parametrize("lesson", [START, *LESSONS], ids=unit_name)
def test_every_lesson_begins_with_the_picture_and_its_boxes_are_lit(lesson):
    unit = int(lesson.stem[:2])
    path = PROJECT / "assignments" / lesson.stem / f"{unit_name(lesson)}.ipynb"
    first = nbformat.read(path, as_version=4).cells[0]
    assert first.source.split("\n\n")[2] == f"![{describe(unit)}](attachment:{NAME})"
    picture = draw(unit)
    assert first.attachments[NAME] == read_picture(file_name(unit), picture)
    assert ("You are here" in first.source) is (unit > 0)
    assert all(f"unit {unit}" in text for text in filled(picture) if "unit" in text)
    assert bool(filled(picture)) is (unit > 0)


def test_every_unit_has_a_box_and_the_words_name_them_all():
    assert {box.unit for box in (*BOXES, *FRAMES)} == set(UNITS) == {int(lesson.stem[:2]) for lesson in LESSONS}
    assert all(f"(unit {unit})" in describe() for unit in UNITS)


def test_no_two_boxes_overlap_and_all_are_in_the_picture():
    for number, box in enumerate(BOXES):
        assert box.left >= 0 and box.left + box.width <= WIDTH and box.top >= 0 and box.top + box.height <= HEIGHT
        for other in BOXES[number + 1 :]:
            beside = box.left + box.width <= other.left or other.left + other.width <= box.left
            above = box.top + box.height <= other.top or other.top + other.height <= box.top
            assert beside or above, (box, other)


def test_the_picture_has_no_ground_and_no_black_or_white_lines():
    fills = re.findall(r'(?:fill|stroke)="([^"]+)"', draw())
    assert set(fills) == {"none", "#767c84"}


@pytest.mark.parametrize("lesson", [START, *LESSONS], ids=unit_name)
def test_every_lesson_says_at_its_end_what_is_new(lesson):
    text = lesson.read_text(encoding="utf-8")
    assert text.count("# **New in this unit:** ") == 1
    assert "# %%" not in text.partition("**New in this unit:**")[2]


# ---- the exercise


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("keys @ query", "✓ dot_products: passed (for practice, without points)\n    all 3 cases pass\n"),
        ("np.einsum('f,tf->t', query, keys)", "✓ dot_products: passed"),
        ("keys * query", "you don't add the products up"),
        ("(keys * query).sum()", "You add up all products to one number"),
        ("(keys * query).sum(axis=0)", "You add up over the keys"),
        ("(keys * query).mean(axis=-1)", "You take the mean of the products"),
        ("NotImplemented", "✗ dot_products: wrong"),
    ],
)
def test_the_first_exercise_is_checked_like_any_other(answer, words, capsys):
    source = f"import numpy as np\ndef dot_products(query, keys):\n    return {answer}\nearned = check('dot_products')"
    namespace = {"check": check}
    exec(compile(source, "<cell>", "exec", dont_inherit=True), namespace)
    assert words in capsys.readouterr().out
    assert namespace["earned"] == 0


def test_it_is_in_no_unit_that_is_graded():
    assert PRACTICE.name not in syllabus.units()
    assert PRACTICE.points == 0
    assert syllabus.exercise("dot_products").points == 0


def test_its_notebook_is_not_graded_and_says_so(tmp_path):
    with pytest.raises(BadSubmission, match=r"is unit 0, which is not graded: check it in the notebook"):
        read(SOLVED)
    result = CliRunner().invoke(main, ["grade", str(SOLVED), "--json", str(tmp_path / "grades.json")])
    assert "is unit 0, which is not graded" in (tmp_path / "grades.json").read_text(encoding="utf-8") + result.output


@pytest.mark.parametrize(
    ("notebook", "code", "words"),
    [(SOLVED, 0, "3 of 3  no points  ✓ passed"), (RELEASE, 1, "0 of 3  no points  – not attempted")],
    ids=["solved", "released"],
)
def test_a_terminal_checks_it_without_points(notebook, code, words):
    result = CliRunner().invoke(main, ["check", str(notebook), "-e", "dot_products"])
    assert (result.exit_code, words in result.output) == (code, True), result.output
    assert "total" not in result.output and "not graded" not in result.output


def test_pytest_checks_it(tmp_path):
    notebook = tmp_path / "start.ipynb"
    notebook.write_text(SOLVED.read_text(encoding="utf-8").replace("keys @ query", "keys * query"), encoding="utf-8")
    done = run_here(tmp_path, "-q", f"{notebook}::dot_products")
    assert "you don't add the products up" in done.stdout
    assert "3 failed" in done.stdout


def test_nbgrader_finds_nothing_to_grade_in_it():
    for path in (RELEASE, SOLVED):
        assert not [cell.id for cell in nbformat.read(path, as_version=4).cells if "nbgrader" in cell.metadata]


def test_the_release_has_a_stub_and_an_open_guess():
    cells = {cell.id: cell.source for cell in nbformat.read(RELEASE, as_version=4).cells}
    assert cells["practice-dot_products"].endswith('"""\n    raise NotImplementedError()')
    assert cells["guess-best_key"].startswith("guess_best_key = None")
    solved = {cell.id: cell.source for cell in nbformat.read(SOLVED, as_version=4).cells}
    assert solved["practice-dot_products"].endswith('"""\n    return keys @ query')


# ---- progress, reset


@pytest.mark.parametrize(
    ("notebook", "sign", "comes_next"),
    [
        (SOLVED, "✓", "Next: open the notebook of positional_encoding."),
        (RELEASE, "·", "Next: write dot_products in {}."),
    ],
    ids=["solved", "released"],
)
def test_progress_shows_it_without_points(tmp_path, notebook, sign, comes_next):
    place = tmp_path / "00_start" / "start.ipynb"
    place.parent.mkdir()
    place.write_bytes(notebook.read_bytes())
    units = list(measure_progress(tmp_path))
    assert find_next(units) == comes_next.format(place)
    first, *_ = render_progress(units).splitlines()
    assert first.split()[:4] == ["start", sign, "no", "points"]
    assert "no points" in render_progress_html(units)


def test_without_its_notebook_progress_begins_with_unit_1(tmp_path):
    assert render_progress(list(measure_progress(tmp_path))).startswith("positional_encoding")


def test_reset_gives_the_exercise_back(tmp_path, monkeypatch):
    monkeypatch.chdir(PROJECT)
    mine = tmp_path / "start.ipynb"
    mine.write_bytes(SOLVED.read_bytes())
    result = CliRunner().invoke(main, ["reset", str(mine), "dot_products"])
    assert result.exit_code == 0, result.output
    cells = {cell.id: cell.source for cell in nbformat.read(mine, as_version=4).cells}
    assert "raise NotImplementedError()" in cells["practice-dot_products"]
    assert cells["guess-best_key"].startswith('guess_best_key = "a"')
