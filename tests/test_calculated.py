"""Numbers that belong to written questions: a check without points says what is right, and what others forgot."""

from fractions import Fraction
from math import inf, nan
from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder.properties import check_number
from autograder.recorded import FOLDER
from autograder.student.calculated import _numbers, is_same, judge_number
from instructor.authoring.calculated import read_number, read_numbers, render_numbers
from instructor.authoring.lessons import find_introduction, find_lessons, unit_name
from instructor.authoring.percent import read_cells
from instructor.authoring.tables_and_headers import BadLesson

PROJECT = Path(__file__).resolve().parent.parent
LESSONS = find_lessons(PROJECT)
MADE_UP = {
    "cost": {"right": 1024, "why": "It is 2d.", "wrong": [[512, "That is d."]], "otherwise": "Solve for n."},
    "share": {"right": 0.358, "why": "A power.", "wrong": [[35.8, "In percent."]], "otherwise": "Multiply."},
}
CELL = (
    "# How many?\n#\n# 1024: It is 2d,\n#    not d.\n# 512: That is d.\n# otherwise: Solve for n.\n"
    'number_cost = 1024\ncheck_number("cost", number_cost)'
)


@pytest.fixture
def made_up(monkeypatch):
    monkeypatch.setattr("autograder.student.calculated._numbers", lambda: MADE_UP)


@pytest.mark.parametrize("answer", [1024, 1024.0, " 1024 ", np.int64(1024), np.float32(1024), Fraction(2048, 2)])
def test_the_right_number_may_be_written_in_any_way(made_up, answer):
    assert judge_number("cost", answer) == "**✓ Right.** It is 2d."


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("cost", 1025, "**✗ Not 1025.** Solve for n."),
        ("cost", 512, "**✗ Not 512.** That is d."),
        ("share", 0.36, "**✓ Right.** A power."),
        ("share", 0.35, "**✗ Not 0.35.** Multiply."),
        ("share", 36, "**✗ Not 36.** In percent."),
        ("cost", None, "Not yet: write your number in place of None, then run this cell again."),
    ],
)
def test_others_are_told_what_to_do(made_up, name, answer, said):
    assert judge_number(name, answer) == said


@pytest.mark.parametrize("answer", ["2d", "", nan, inf, True, [1], {}, 1j, 10**400, np.arange(3), print])
def test_what_is_no_number_stops_nothing(made_up, answer, capsys):
    check_number("cost", answer)
    assert "is not a number: write one" in capsys.readouterr().out


def test_what_is_recorded_is_what_the_lessons_say():
    recorded = (FOLDER / "numbers.json").read_text(encoding="utf-8")
    assert recorded == render_numbers([*find_introduction(PROJECT), *LESSONS])


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_every_unit_has_a_number_right_after_its_question(lesson):
    cells = read_cells(lesson)
    places = [number for number, cell in enumerate(cells) if "number" in cell.metadata]
    assert places
    assert all("question" in cells[place - 1].metadata for place in places)


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_a_release_asks_and_says_nothing(lesson):
    release = nbformat.read(PROJECT / "assignments" / lesson.stem / f"{unit_name(lesson)}.ipynb", as_version=4)
    cells = {cell.id: cell.source for cell in release.cells}
    for number in read_numbers(lesson):
        asked, given, check = cells[f"number-{number.name}"].split("\n")
        assert (asked[:2], given) == ("# ", f"number_{number.name} = None")
        assert check == f'check_number("{number.name}", number_{number.name})'
        assert not [why for why in number.said.values() if why in " ".join(" ".join(cells.values()).split())]


def test_each_number_of_the_course_is_told_apart_from_those_that_are_wrong():
    for name, known in _numbers().items():
        assert judge_number(name, known["right"]).startswith("**✓ Right.**")
        for wrong, why in known["wrong"]:
            assert judge_number(name, wrong) == f"**✗ Not {wrong}.** {why}"


def test_the_numbers_are_what_a_computer_finds():
    g, x = np.array([8.0, 0, 4, 0]), np.array([-1.0, -1, 1, 1])
    found = {
        "longest_wave": 2 * np.pi * 10 ** (510 / 512),
        "deviation": np.sqrt(64),
        "equal_cost": next(n for n in range(1, 5000) if 4 * n * 512**2 + 2 * n**2 * 512 == 8 * n * 512**2),
        "three_paths": (g - g.mean() - x * (g * x).mean())[0],
        "layers_needed": 100 - 1,
        "zero_blocks": np.triu(np.ones((20, 20)), 1).sum(),
        "how_much_longer": np.sqrt(512 / 2),
        "more_rows": 37_000 * 512 / 1e6,
        "no_error": 0.95**20,
        "long_sentence": 0.8**25,
    }
    assert found.keys() == _numbers().keys()
    assert all(is_same(_numbers()[name]["right"], float(number)) for name, number in found.items())


def test_a_number_of_a_lesson_is_read():
    number = read_number("cost", CELL)
    assert number.record() == {
        "right": 1024,
        "why": "It is 2d, not d.",
        "wrong": [[512, "That is d."]],
        "otherwise": "Solve for n.",
    }
    assert number.write("None") == '# How many?\nnumber_cost = None\ncheck_number("cost", number_cost)'


@pytest.mark.parametrize(
    ("old", "new"),
    [("otherwise", "13"), ("# 1024:", "# 1025:"), ("number_cost = 1024", "number_cost = 7"), ("# 512:", "# 1024.0:")],
)
def test_a_number_that_cannot_be_right_is_refused(old, new):
    with pytest.raises(BadLesson, match="the number cost must say what is asked"):
        read_number("cost", CELL.replace(old, new))


def test_two_numbers_with_one_name_are_refused():
    with pytest.raises(BadLesson, match="two numbers of the course have one name"):
        render_numbers([LESSONS[0], LESSONS[0]])
