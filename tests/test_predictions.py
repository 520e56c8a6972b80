"""Predict, then run: nothing is drawn before a choice is made, and then it is said who was right, and why."""

import re
from pathlib import Path

import nbformat
import pytest

from autograder import properties
from autograder.recorded import FOLDER
from autograder.student.predictions import NoGuess, _guesses, choose, explain
from instructor.authoring.guesses import read_guess, read_guesses, render_guesses
from instructor.authoring.lessons import find_introduction, find_lessons, release_notebook, source_notebook, unit_name
from instructor.authoring.percent import read_cells
from instructor.authoring.tables_and_headers import BadLesson

PROJECT = Path(__file__).resolve().parent.parent
LESSONS = find_lessons(PROJECT)
MADE_UP = {"warm": {"right": "b", "why": {"a": "It is cold.", "b": "It is warm.", "c": "It is hot."}}}
CELL = "# a: It is cold.\n# b: It is warm,\n#    and $x$ grows.\nguess_warm = "


@pytest.fixture
def made_up(monkeypatch):
    monkeypatch.setattr("autograder.student.predictions._guesses", lambda: MADE_UP)


def run(source: str, capsys, **namespace: object) -> str:
    """Run a cell of a notebook; what it prints."""
    names = {"__name__": "__main__", "when_written": properties.when_written, "predicted": properties.predicted}
    exec(compile(source, "<cell>", "exec", dont_inherit=True), names | namespace)
    return capsys.readouterr().out


EXPERIMENT = "with when_written(), predicted('warm', guess_warm):\n    print('drawn')"
SOFTMAX = "import numpy as np\ndef softmax(x, axis=-1):\n    {}\n"
USES_SOFTMAX = "with when_written(), predicted('warm', guess_warm):\n    softmax(np.zeros(2))\n    print('drawn')"
RIGHT = "e = np.exp(x - x.max(axis, keepdims=True)); return e / e.sum(axis, keepdims=True)"


# ---- the tool


def test_a_right_guess_is_told_so_after_the_figure(made_up, capsys):
    assert run(EXPERIMENT, capsys, guess_warm="b") == "drawn\nYour guess, b, was right. It is warm.\n"


def test_a_wrong_guess_is_told_why_and_what_is_right(made_up, capsys):
    said = run(EXPERIMENT, capsys, guess_warm="c")
    assert said == "drawn\nYou guessed c, but the answer is b. It is hot.\n\nWhy b: It is warm.\n"


@pytest.mark.parametrize("guess", ["B", " b ", "b"])
def test_capitals_and_spaces_do_not_matter(made_up, guess):
    assert choose("warm", guess) == "b"


def test_nothing_is_drawn_before_a_choice(made_up, capsys):
    said = run(EXPERIMENT, capsys, guess_warm=None)
    assert said == (
        'Guess first: write "a", "b" or "c" in place of None in the cell above, run it, then run this one.\n'
    )


@pytest.mark.parametrize("guess", ["d", "", 2, "ab", ["a"], True])
def test_another_choice_is_refused_with_a_sentence(made_up, capsys, guess):
    said = run(EXPERIMENT, capsys, guess_warm=guess)
    assert said.startswith(f'{guess!r} is not one of the choices: write "a", "b" or "c" in the cell above')
    assert said.count("\n") == 1


def test_a_cell_that_was_not_run_is_named(made_up, capsys):
    assert run(EXPERIMENT, capsys) == "Guess first: run the cell above with your guess in it, then run this one.\n"


@pytest.mark.parametrize(
    ("body", "words"),
    [("raise NotImplementedError()", "Not yet: write softmax first"), ("return x + 1", "Not right yet: mend softmax")],
)
def test_nobody_is_called_right_by_a_figure_of_wrong_code(made_up, capsys, body, words):
    said = run(f"{SOFTMAX.format(body)}\n{USES_SOFTMAX}", capsys, guess_warm="b")
    assert words in said
    assert "was right" not in said


def test_with_right_code_the_guess_is_answered(made_up, capsys):
    assert "was right" in run(f"{SOFTMAX.format(RIGHT)}\n{USES_SOFTMAX}", capsys, guess_warm="b")


def test_without_when_written_a_missing_choice_is_an_error(made_up):
    with pytest.raises(NoGuess), properties.predicted("warm", None):
        raise AssertionError("this must not run")


def test_an_error_of_the_block_is_not_swallowed(made_up):
    with pytest.raises(ZeroDivisionError), properties.predicted("warm", "b"):
        print(1 / 0)


def test_every_choice_of_the_course_is_answered():
    for name, guess in _guesses().items():
        for letter, why in guess["why"].items():
            said = explain(name, letter)
            assert why in said and guess["why"][guess["right"]] in said
            assert ("was right" in said) is (letter == guess["right"])


# ---- the lessons


def test_what_is_recorded_is_what_the_lessons_say():
    recorded = (FOLDER / "guesses.json").read_text(encoding="utf-8")
    assert recorded == render_guesses([*find_introduction(PROJECT), *LESSONS])


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_every_lesson_asks_at_least_twice_and_for_each_guess_there_is_an_experiment(lesson):
    guesses = read_guesses(lesson)
    assert len(guesses) >= 2
    cells = read_cells(lesson)
    for guess in guesses:
        place = next(n for n, cell in enumerate(cells) if cell.metadata.get("guess") == guess.name)
        text, experiment = cells[place - 1].source, cells[place + 1]
        (asked,) = re.findall(r"^\*\*Predict first\.\*\*.*\Z", text, flags=re.MULTILINE | re.DOTALL)
        assert re.findall(r"^- \*\*([a-z])\*\*: ", asked, flags=re.MULTILINE) == list(guess.why)
        assert "experiment" in experiment.metadata
        assert f'predicted("{guess.name}", guess_{guess.name})' in experiment.source


def test_the_right_choice_is_not_always_the_same_letter():
    letters = [guess.right for lesson in LESSONS for guess in read_guesses(lesson)]
    assert all(letters.count(letter) <= 0.6 * len(letters) for letter in "abcd")
    assert {"a", "b", "c"} <= set(letters)


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_a_guess_is_open_in_the_release_and_made_in_the_solution(lesson):
    source = source_notebook(lesson)
    made, opened = (
        {cell.id: cell.source for cell in cells if cell.id.startswith("guess-")}
        for cells in (source.cells, release_notebook(source, lesson.stem).cells)
    )
    for guess in read_guesses(lesson):
        assert made[f"guess-{guess.name}"].startswith(f'guess_{guess.name} = "{guess.right}"  # your guess: "a"')
        assert opened[f"guess-{guess.name}"].startswith(f'guess_{guess.name} = None  # your guess: "a"')


@pytest.mark.parametrize("lesson", LESSONS, ids=unit_name)
def test_no_explanation_is_in_a_release(lesson):
    release = nbformat.read(PROJECT / "assignments" / lesson.stem / f"{unit_name(lesson)}.ipynb", as_version=4)
    text = " ".join(" ".join(cell.source.split()) for cell in release.cells)
    assert not [why for guess in read_guesses(lesson) for why in guess.why.values() if why in text]


def test_a_guess_of_a_lesson_is_read():
    guess = read_guess("warm", CELL + '"b"')
    assert (guess.right, guess.why) == ("b", {"a": "It is cold.", "b": "It is warm, and $x$ grows."})
    assert guess.write(None) == 'guess_warm = None  # your guess: "a" or "b"'


@pytest.mark.parametrize(
    "source",
    [CELL + '"c"', CELL + "None", CELL.replace("warm =", "cold =") + '"b"', '# a: Alone.\nguess_warm = "a"'],
)
def test_a_guess_that_cannot_be_right_is_refused(source):
    with pytest.raises(BadLesson, match="the guess warm must explain 2 to 4 choices"):
        read_guess("warm", source)


def test_two_guesses_with_one_name_are_refused():
    with pytest.raises(BadLesson, match="two guesses of the course have one name"):
        render_guesses([LESSONS[0], LESSONS[0]])


def test_a_name_from_a_waiting_cell_is_explained(made_up, capsys):
    waits = "with when_written(), predicted('warm', guess_warm):\n    made_there = 1"
    assert run(waits, capsys, guess_warm=None).startswith("Guess first")
    said = run("with when_written():\n    print(made_there)", capsys)
    assert said == "Not yet: made_there comes from a cell above that waits for your guess. Guess there, and run it.\n"
