"""What the notebooks say about exercises is what the bank says, and no lesson says it by hand."""

import re
from pathlib import Path

import jupytext
import pytest

from autograder import syllabus
from instructor.authoring import tables_and_headers
from instructor.authoring.lessons import find_lessons, release_notebook, source_notebook, unit_name
from instructor.authoring.percent import read_cells
from instructor.authoring.tables_and_headers import MARKER, BadLesson, Markers

PROJECT = Path(__file__).resolve().parent.parent
LESSONS = find_lessons(PROJECT)
BY_HAND = {
    "points": r"(?i)[\d½¼¾]\s+(bonus )?(points?|marks?)\b|\b(points?|marks?)[=: ]+[\d½¼¾]|[½¼¾]|\| points \|",
    "a command": r"\bpytest\b|\bautograder (check|grade)|\s-[ek]\b",
    "the number of a problem": r"(?i)\bproblems? \d|### (written question|problem)",
}
SMALL = """\
# %% [markdown]
# {exercises: 10 min}
# {commands: PositionalEncoding}

# %% [markdown]
# {exercise: positional_encoding}

# %% exercise="positional_encoding" minutes=15 difficulty=2 importance=4
def positional_encoding(): ...

# %% [markdown] question="shift" minutes=5
# {question: why is it so?}
# {marks: shift}

# %% [markdown] question="base" minutes=6
# {question: and then?}

# %% [markdown]
# {exercise: PositionalEncoding}
# after problem {number: positional_encoding}, $e^{x}$

# %% exercise="PositionalEncoding" minutes=9 difficulty=1 importance=5
f"{name: >9}"
"""


def texts(lesson: str) -> list[str]:
    return Markers("01_positional_encoding", jupytext.reads(lesson, fmt="py:percent").cells).render()


def written(lesson: Path) -> str:
    """What the author of a lesson wrote in Markdown, model answers included."""
    cells = read_cells(lesson)
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return text


@pytest.mark.parametrize("what", BY_HAND)
@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_no_lesson_writes_by_hand(lesson, what):
    found = re.search(BY_HAND[what], written(lesson))
    assert found is None, f"{what}: {found[0]!r}"


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("points", "> **2 points** · difficulty"),
        ("points", "the question (1 point)"),
        ("points", "for 1 bonus point"),
        ("points", "| | exercise | points | about |"),
        ("points", "**Marks.** ½ for the root"),
        ("points", "the mark: 2 for both"),
        ("points", "Points: 3"),
        ("a command", "`pytest assignments/05_encoder/encoder.ipynb -k encoder`"),
        ("a command", "autograder check assignments/05_encoder/encoder.ipynb"),
        ("a command", "with -k encoder"),
        ("the number of a problem", "### Problem 2.1 · `softmax`"),
        ("the number of a problem", "as in problem 2.2"),
        ("the number of a problem", "### Written question · why"),
    ],
)
def test_the_search_finds_what_is_written_by_hand(what, text):
    assert re.search(BY_HAND[what], text)


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_every_exercise_has_one_header_above_its_code_in_the_order_of_the_bank(lesson):
    cells = release_notebook(source_notebook(lesson), lesson.stem).cells
    found = []
    for cell in cells:
        if cell.cell_type == "markdown":
            found += re.findall(r"^### Problem (\S+) · `(\w+)`$", cell.source, flags=re.MULTILINE)
        elif cell.metadata.get("nbgrader", {}).get("solution"):
            found.append(("code", cell.metadata.nbgrader.grade_id.removesuffix("-solution")))
    expected = []
    for place, exercise in enumerate(syllabus.units()[unit_name(lesson)].exercises, 1):
        expected += [(f"{int(lesson.stem[:2])}.{place}", exercise.name), ("code", exercise.name)]
    assert found == expected


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_no_marker_is_left_in_a_notebook_and_the_table_has_the_points_of_the_gradebook(lesson):
    cells = source_notebook(lesson).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert MARKER.search(text) is None
    graded = [cell.metadata.nbgrader for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]
    rows = re.findall(r"^\| [\d.]* ?\| .*? \| (\d+)( bonus)? \| \d+ min \|$", text, flags=re.MULTILINE)
    unit = syllabus.units()[unit_name(lesson)]
    assert sum(int(points) for points, extra in rows if extra) == sum(e.points for e in unit.exercises if e.bonus)
    regular = sum(c.points for c in graded)
    assert sum(int(points) for points, extra in rows if not extra) == regular
    assert len(rows) == len(graded)
    assert f"| | **together** | **{regular:g}** | " in text


def test_markers_become_what_the_bank_says():
    table, first, _, question, other, second, code = texts(SMALL)
    assert table.splitlines() == [
        "| | exercise | points | about |",
        "|---|---|---|---|",
        "| 1.1 | `positional_encoding` | 4 | 15 min |",
        "| | *written:* why is it so? | 2 | 5 min |",
        "| | *written:* and then? | 1 | 6 min |",
        "| 1.2 | `PositionalEncoding` (PyTorch) | 3 | 9 min |",
        "| | **together** | **10** | **35 min**, and 10 min for the experiments |",
        "```",
        "pytest work/01_positional_encoding/positional_encoding.ipynb::PositionalEncoding   # one exercise",
        "autograder check work/01_positional_encoding/positional_encoding.ipynb             # all of them",
        "```",
    ]
    assert first.splitlines() == [
        "### Problem 1.1 · `positional_encoding`",
        "",
        "> **4 points** · section 3.5 · difficulty ●●○○○ · importance ●●●●○ · about 15 minutes",
        ">",
        "> **Check** with the cell below your code, or with "
        "`pytest work/01_positional_encoding/positional_encoding.ipynb::positional_encoding`",
    ]
    assert question.splitlines()[:4] == [
        "### Written question · why is it so? (2 points)",
        "**Marks.** Full points (2) for all of these:",
        "",
        "- ½: (a) the 2 × 2 matrix, derived with the angle-sum identities",
    ]
    assert other == "### Written question · and then? (1 point)"
    assert second.endswith("PositionalEncoding`\nafter problem 1.1, $e^{x}$")
    assert code == 'f"{name: >9}"'


def test_a_bonus_a_single_point_and_two_sections_are_said(monkeypatch):
    first, second = syllabus.units()["positional_encoding"].exercises
    monkeypatch.setattr(first, "bonus", True)
    monkeypatch.setattr(first, "points", 1)
    monkeypatch.setattr(second, "section", "3.1 and 5.4")
    table, header, _, _, _, other, _ = texts(SMALL)
    assert table.splitlines()[2:7] == [
        "| | *written:* why is it so? | 2 | 5 min |",
        "| | *written:* and then? | 1 | 6 min |",
        "| 1.2 | `PositionalEncoding` (PyTorch) | 3 | 9 min |",
        "| | **together** | **6** | **20 min**, and 10 min for the experiments |",
        "| 1.1 | `positional_encoding` | 1 bonus | 15 min |",
    ]
    assert "> **1 bonus point** · section 3.5 ·" in header
    assert "> **3 points** · sections 3.1 and 5.4 ·" in other


def test_an_exercise_whose_code_is_in_two_cells_counts_once():
    twice = SMALL + '\n# %% exercise="PositionalEncoding"\nx = 1\n'
    assert "| | **together** | **10** |" in texts(twice)[0]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("{number: positional_encoding}", "{numbr: x}", "there is no marker 'numbr'; there are exercises, commands,"),
        (
            "{number: positional_encoding}",
            "{number: softmax}",
            "there is no exercise 'softmax' in this unit; there are",
        ),
        ("{commands: Positional", "{commands: positional", "there is no exercise 'positionalEncoding' in this unit"),
        ("# {exercise: PositionalEncoding}\n", "", "but the headers are for positional_encoding$"),
        ("{exercise: positional_encoding}", "{exercise: PositionalEncoding}", "but the headers are for PositionalEnc"),
        ("{number: positional_encoding}", "{exercise: PositionalEncoding}", "Encoding, PositionalEncoding$"),
        (
            "{exercise: PositionalEncoding}",
            "{exercise: softmax}",
            "but the headers are for positional_encoding, softmax",
        ),
        ("{question: why is it so?}", "Why is it so?", "the cell of a written question, and no other, has one marker"),
        ("{number: positional_encoding}", "{question: Why?}", "the cell of a written question, and no other, has one"),
        ('exercise="PositionalEncoding" ', "", "there is no code cell with exercise='PositionalEncoding'"),
        (" difficulty=2", "", "the header of the cell 'positional_encoding' must say difficulty="),
        (" importance=5", "", "the header of the cell 'PositionalEncoding' must say importance="),
        (' question="shift"', ' question="shift" points=2', "points are said in the bank: take points= out"),
        (' question="shift"', ' question="why"', "the bank asks shift, base, but the lesson why, base"),
        ("{marks: shift}", "{marks: base}", "the marks of 'base' belong into the cell of that question"),
        (" minutes=5", "", "the header of the cell 'shift' must say minutes="),
        ("{exercises: 10 min}", "{exercises: 10 min, or 20}", "say how long the experiments take, such as"),
    ],
)
def test_a_wrong_marker_is_refused_with_a_sentence(old, new, sentence):
    assert SMALL.count(old) == 1
    with pytest.raises(BadLesson, match=f"^01_positional_encoding.py: .*{sentence}"):
        texts(SMALL.replace(old, new))


def test_markers_are_documented():
    kinds = Markers("01_positional_encoding", []).words
    assert re.findall(r"^ *\{(\w+): ", tables_and_headers.__doc__, flags=re.MULTILINE) == list(kinds)
