"""The picture of a wrong matrix: which part of it is shown, and how it is told to the eye and to the ear."""

import math
import re
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from autograder.judging.picture import MOST_COLUMNS, MOST_ROWS, draw_picture
from autograder.shells.picture import TerminalPicture, describe_picture, render_picture_html, render_picture_text
from autograder.verdict import Picture


def drawn(wrong, name="output", **options):
    expected = np.arange(1.0, wrong.size + 1).reshape(wrong.shape)
    got = np.where(wrong, -expected, expected)
    worst = tuple(int(i) for i in np.argwhere(wrong)[0])
    return draw_picture(name, expected, got, wrong, worst)


def marks(*places, shape=(3, 4)):
    wrong = np.zeros(shape, bool)
    for place in places:
        wrong[place] = True
    return wrong


def test_it_is_the_matrix_with_the_worst_number():
    picture = drawn(marks((1, 0, 2), shape=(2, 3, 4)))
    assert picture.name == "output[1, :, :]"
    assert picture.expected[0] == (13, 14, 15, 16)
    assert picture.got[0] == (13, 14, -15, 16)
    assert picture.differs[0] == (False, False, True, False)


def test_a_matrix_alone_has_its_own_name():
    assert drawn(marks((0, 0))).name == "output"


@pytest.mark.parametrize("worst", [(0, 0), (49, 49), (25, 3)])
def test_of_a_large_one_the_part_around_the_worst_number_is_shown(worst):
    picture = drawn(marks(worst, shape=(50, 50)))
    assert (len(picture.differs), len(picture.differs[0])) == (MOST_ROWS, MOST_COLUMNS)
    assert sum(map(sum, picture.differs)) == 1
    rows, columns = (tuple(map(int, part)) for part in re.findall(r"(\d+):(\d+)", picture.name))
    assert rows[0] <= worst[0] < rows[1]
    assert columns[0] <= worst[1] < columns[1]


@pytest.mark.parametrize("shape", [(), (4,), (2, 0)])
def test_what_is_no_matrix_has_no_picture(shape):
    array = np.ones(shape)
    assert draw_picture("y", array, array, array > 0, (0,) * len(shape)) is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (marks(slice(None)), "all numbers differ"),
        (marks(1), "all of row 1 differs"),
        (marks(0, 2), "all of rows 0 and 2 differ"),
        (marks(slice(None), shape=(3, 4)) & (np.arange(4) == 3), "all of column 3 differs"),
        (marks((0, 1), (2, 2)), "2 of 12 numbers differ, in rows 0 and 2"),
        (marks((0, 1), (1, 1), (2, 2)), "3 of 12 numbers differ, in rows 0 to 2"),
    ],
)
def test_a_sentence_says_which_numbers_differ(wrong, words):
    assert describe_picture(drawn(wrong)) == f"In output {words}."


def test_the_page_says_it_to_those_who_do_not_see_it():
    html = render_picture_html(drawn(marks(1), name="<y>"))
    assert "aria-label='In &lt;y&gt; all of row 1 differs.'" in html
    assert "<title>In &lt;y&gt; all of row 1 differs.</title>" in html
    assert html.count("<rect") == 24
    assert html.count("stroke-width='1.5'") == 4


def test_numbers_that_are_none_are_shown_as_such():
    picture = Picture("y", ((0.0, 0.0),), ((math.nan, math.inf),), ((True, True),))
    html = render_picture_html(picture)
    assert ">?</text>" in html
    assert ">∞</text>" in html


def test_the_terminal_marks_what_differs():
    lines = render_picture_text(drawn(marks(1))).plain.splitlines()
    assert lines[1:4] == [" " * 19, " " * 11 + "× × × × ", " " * 19]
    assert lines[4] == "In output all of row 1 differs."


def test_without_colours_the_sentence_alone_is_printed():
    picture = drawn(marks(1))
    plain, coloured = StringIO(), StringIO()
    Console(file=plain, width=200).print(TerminalPicture(picture))
    assert plain.getvalue().strip() == describe_picture(picture)
    Console(file=coloured, force_terminal=True, color_system="truecolor", width=200).print(TerminalPicture(picture))
    assert "×" in coloured.getvalue()
