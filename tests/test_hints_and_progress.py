"""`hint` and `progress`: what a student is told on the way."""

from pathlib import Path

import nbformat
import pytest

from autograder import hint, syllabus
from autograder.recorded import FOLDER
from autograder.shells.hints import find_hint
from autograder.shells.progress import (
    find_next,
    find_notebooks,
    measure_progress,
    render_progress,
    render_progress_html,
)
from autograder.syllabus import UnknownName
from instructor.authoring.hints import read_hints, render_hints
from instructor.authoring.lessons import find_introduction, find_lessons

pytestmark = pytest.mark.usefixtures("one_worker")

ROOT = Path(__file__).parent.parent
LESSONS = [*find_introduction(ROOT), *find_lessons(ROOT)]
SOFTMAX = "import numpy as np\ndef softmax(x, axis=-1):\n    e = np.exp(x - x.max(axis, keepdims=True))\n"
RIGHT, WRONG = SOFTMAX + "    return e / e.sum(axis, keepdims=True)", SOFTMAX + "    return e / e.sum()"


def test_the_recorded_hints_are_those_of_the_lessons():
    assert (FOLDER / "hints.json").read_text(encoding="utf-8") == render_hints(LESSONS)


def test_every_exercise_has_three_hints():
    hints = {name: found for lesson in LESSONS for name, found in read_hints(lesson).items()}
    assert set(hints) == set(syllabus.exercise_names())
    assert {len(found) for found in hints.values()} == {3}


def test_hints_come_one_by_one(capsys):
    hint("softmax")
    first = capsys.readouterr().out
    assert first.startswith("**Hint 1 of 3, the idea.** Softmax sees differences only")
    assert '`hint("softmax", level=2)` says more.' in first
    last = find_hint("softmax", 3)
    assert last.startswith("**Hint 3 of 3, what is usually missing.**")
    assert "says more" not in last


@pytest.mark.parametrize("level", [0, 4, -1])
def test_a_hint_that_does_not_exist_is_refused(level, capsys):
    hint("softmax", level)
    assert "numbered from 1 to 3" in capsys.readouterr().out


def test_a_hint_for_an_unknown_exercise_says_what_was_meant():
    with pytest.raises(UnknownName, match="did you mean 'softmax'"):
        hint("softmaxx")


def write_notebook(folder: Path, source: str) -> None:
    folder.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    notebook.metadata["autograder"] = {"unit": "attention"}
    nbformat.write(notebook, folder / "attention.ipynb")


@pytest.mark.parametrize("inside", [".", "02_attention"])
def test_notebooks_are_found_here_and_beside(tmp_path, inside):
    write_notebook(tmp_path / "02_attention", RIGHT)
    assert set(find_notebooks(tmp_path / inside)) == {"attention"}


@pytest.mark.parametrize(("source", "points", "verb"), [(RIGHT, 2, "write scaled"), (WRONG, 1, "mend softmax")])
def test_progress_says_what_is_done_and_what_comes_next(tmp_path, source, points, verb):
    write_notebook(tmp_path / "02_attention", source)
    units = list(measure_progress(tmp_path))
    attention = next(unit for unit in units if unit.unit.name == "attention")
    assert attention.earned == pytest.approx(points, abs=0.6)
    assert f"Next: {verb}" in find_next(units)
    plain, html = render_progress(units), render_progress_html(units)
    for words in ("attention", "not opened yet", "your grade is made on other inputs, too"):
        assert words in plain
        assert words in html
    assert "aria-label='softmax: " in html


def test_a_notebook_that_cannot_be_read_says_so(tmp_path):
    (tmp_path / "02_attention").mkdir()
    (tmp_path / "02_attention" / "attention.ipynb").write_text("no notebook", encoding="utf-8")
    attention = next(unit for unit in measure_progress(tmp_path) if unit.unit.name == "attention")
    assert attention.problem
    assert attention.problem in render_progress([attention])


def test_where_nothing_is_open_the_first_unit_comes_next(tmp_path):
    assert find_next(list(measure_progress(tmp_path))).startswith("Next: open the notebook of ")


def test_a_notebook_that_was_renamed_is_found_by_what_is_in_it(tmp_path):
    folder = tmp_path / "02_attention"
    write_notebook(folder, RIGHT)
    (folder / "attention.ipynb").rename(folder / "my attention.ipynb")
    assert find_notebooks(folder)["attention"].name == "my attention.ipynb"
