"""The pictures of heads that are split and merged show what NumPy does, on white and on black, and in words."""

import re
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest

from autograder.student.figures import COLOURS, GREY
from instructor.authoring.png import read_picture
from instructor.authoring.shape_flow import HEADS, PICTURES, TOKENS, Grid, describe, draw
from instructor.authoring.tables_and_headers import BadLesson, Markers

PROJECT = Path(__file__).resolve().parent.parent
ATTENTION = PROJECT / "assignments" / "02_attention" / "attention.ipynb"
SVG = "{http://www.w3.org/2000/svg}"


def rows(grid: Grid) -> list[list[tuple[int, int]]]:
    """The (head, token) pairs of a picture's array, row by row."""
    return [[(int(head), int(token)) for head, token in row] for row in grid.boxes]


def grids(name: str) -> list[Grid]:
    return [part for part in PICTURES[name][0] if isinstance(part, Grid)]


def test_the_arrays_are_those_of_the_right_code():
    features = np.arange(TOKENS * HEADS).reshape(TOKENS, HEADS)  # box n is head n % 2 of token n // 2
    apart = features.reshape(TOKENS, HEADS, 1).transpose(1, 0, 2)
    projected, _, stacked, _, merged = grids("heads")
    assert [[token * HEADS + head for head, token in row] for row in rows(projected)] == features.tolist()
    assert [token * HEADS + head for ((head, token),) in rows(stacked)] == apart.ravel().tolist()
    assert rows(merged) == rows(projected) == [[(0, token), (1, token)] for token in range(TOKENS)]


def test_the_wrong_merge_is_the_one_of_the_lesson():
    right, stacked, wrong = grids("merged")
    assert rows(right) == rows(grids("heads")[-1])
    assert wrong.boxes.ravel().tolist() == stacked.boxes.ravel().tolist()
    assert rows(wrong)[1] == [(0, 2), (0, 3)]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_every_box_and_stays_inside(name):
    picture = ElementTree.fromstring(draw(name))
    *_, width, height = map(int, picture.get("viewBox", "").split())
    corners = re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z", draw(name))
    assert len(set(corners)) == len(corners) == len(grids(name)) * HEADS * TOKENS
    assert all(int(x) + int(w) <= width and int(y) + int(h) <= height for x, y, w, h in corners)
    assert all(0 < float(text.get("x", "0")) < width for text in picture.iter(f"{SVG}text"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_no_ground_and_letters_only_on_colours_or_in_grey(name):
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', draw(name)))
    assert colours == {"none", "#ffffff", GREY, *COLOURS[:HEADS]}
    (white,) = (g for g in ElementTree.fromstring(draw(name)).iter(f"{SVG}g") if g.get("fill") == "#ffffff")
    assert len(white) == len(grids(name)) * HEADS * TOKENS


@pytest.mark.parametrize("name", PICTURES)
def test_the_lesson_shows_it_with_the_same_in_words(name):
    (cell,) = (c for c in nbformat.read(ATTENTION, as_version=4).cells if f"(attachment:{name}.png)" in c.source)
    assert f"![{describe(name)}](attachment:{name}.png)" in cell.source
    assert cell.attachments[f"{name}.png"] == read_picture(name, draw(name))


def test_an_unknown_picture_is_refused():
    cell = nbformat.v4.new_markdown_cell("{picture: tails}")
    with pytest.raises(BadLesson, match="there is no picture 'tails'; there are heads, merged"):
        Markers("00_start", [cell]).render()


def test_a_picture_that_is_out_of_date_or_missing_is_refused_with_the_command_that_draws_it():
    with pytest.raises(BadLesson, match=r"heads.png is out of date; run: python -m instructor.authoring.png"):
        read_picture("heads", draw("heads").replace("projected", "cast"))
    with pytest.raises(BadLesson, match=r"there is no tails.png; run: python -m instructor.authoring.png"):
        read_picture("tails", draw("heads"))


@pytest.mark.parametrize("lesson", sorted((PROJECT / "assignments").glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_what_is_attached_is_of_a_kind_that_jupyterlab_shows(lesson):
    cells = nbformat.read(lesson, as_version=4).cells
    kinds = {kind for cell in cells for forms in cell.get("attachments", {}).values() for kind in forms}
    assert kinds == {"image/png"}
