"""What a student may hand in, and the one sentence that says why a file cannot be graded."""

import json

import pytest

from autograder import submission
from autograder.submission import BadSubmission, experiment_mark

SOLUTION = "def softmax(x, axis=-1):\n    return x"


def code(source, grade=False, solution=False, **own):
    metadata = {"nbgrader": {"grade": grade, "solution": solution}} if grade or solution else {}
    return {"cell_type": "code", "source": source, "metadata": metadata | ({"autograder": own} if own else {})}


def notebook(*cells, **own):
    return {"nbformat": 4, "metadata": {"autograder": own} if own else {}, "cells": list(cells)}


def write(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


BAD = {
    "broken.ipynb": ("{", "its JSON is broken"),
    "list.ipynb": ("[]", "it has no list of cells"),
    "number.ipynb": ("3", "it has no list of cells"),
    "nested.ipynb": ("[" * 100_000, "its JSON is broken"),
    "old.ipynb": ('{"worksheets": []}', "it has no list of cells"),
    "cells.ipynb": ('{"cells": [1]}', "one of its cells has no source"),
    "source.ipynb": ('{"cells": [{"cell_type": "code", "source": 7}]}', "one of its cells has no source"),
    "empty.ipynb": (" \n", "is empty"),
    "empty.py": ("", "is empty"),
    "other.py": ("x = 1", "defines no exercise of this course"),
    "comment.py": ("# def softmax", "defines no exercise of this course"),
    "essay.ipynb": (notebook({"cell_type": "markdown", "source": "def softmax"}), "is not a notebook of this course"),
    "foreign.ipynb": (notebook(code("x = 1")), "is not a notebook of this course"),
    "unit.ipynb": (notebook(code(SOLUTION), unit="cooking"), "belongs to the unit 'cooking'"),
    "odd.ipynb": (notebook(code(SOLUTION), unit=["attention"]), "belongs to the unit ['attention']"),
    "gone.ipynb": (notebook(code("x = 1"), unit="attention"), "has no solution cell of the unit attention"),
    "notes.txt": (SOLUTION, "is neither a notebook"),
    "none": (SOLUTION, "is neither a notebook"),
}


@pytest.mark.parametrize(("name", "content", "words"), [(n, *entry) for n, entry in BAD.items()], ids=list(BAD))
def test_a_file_that_cannot_be_graded_is_refused_in_one_sentence(tmp_path, name, content, words):
    path = write(tmp_path / name, content)
    with pytest.raises(BadSubmission) as refusal:
        submission.read(path)
    sentence = str(refusal.value)
    assert words in sentence
    assert name in sentence
    assert "\n" not in sentence
    assert len(sentence) < 400 + len(str(path))


def test_a_missing_file_a_folder_and_text_in_another_encoding_are_refused(tmp_path):
    (tmp_path / "latin.py").write_bytes(b"# caf\xe9\ndef softmax(x): pass")
    (tmp_path / "folder.ipynb").mkdir()
    for name, words in (
        ("no.ipynb", "there is no such file"),
        ("folder.ipynb", "is a folder"),
        ("latin.py", "not text in UTF-8"),
    ):
        with pytest.raises(BadSubmission, match=words):
            submission.read(tmp_path / name)


def test_a_file_that_is_too_large_is_refused_without_reading_it(tmp_path, monkeypatch):
    monkeypatch.setattr(submission, "LARGEST_FILE", 10)
    with pytest.raises(BadSubmission, match="a submission has at most"):
        submission.read(write(tmp_path / "large.py", SOLUTION))


def test_a_notebooks_code_cells_keep_their_numbers(tmp_path):
    text = {"cell_type": "markdown", "source": "# title", "metadata": {}}
    path = write(tmp_path / "a.ipynb", notebook(text, code(SOLUTION), text, code(["x = 1\n", "y = 2"])))
    read = submission.read(path)
    assert read.cells == {2: SOLUTION, 4: "x = 1\ny = 2"}
    assert (read.unit, read.is_notebook) == ("attention", True)
    assert read.place({"cell": 4, "line": 2}) == "cell 4, line 2"
    assert read.place({"cell": None, "line": None}) == ""


def test_test_cells_and_untouched_experiments_are_not_run_but_touched_ones_are(tmp_path):
    experiment = "plot()"
    cells = (
        code(SOLUTION, grade=True, solution=True),
        code("check('softmax')", grade=True),
        code(experiment, experiment=experiment_mark(experiment)),
        code(experiment + "  # mine", experiment=experiment_mark(experiment)),
    )
    read = submission.read(write(tmp_path / "a.ipynb", notebook(*cells, unit="attention")))
    assert list(read.cells) == [1, 4]


def test_a_python_file_is_split_at_its_percent_signs_and_keeps_its_line_numbers(tmp_path):
    path = write(
        tmp_path / "a.py", f"import numpy\n\n# %% first\n{SOLUTION}\n# %%\n# only a comment\n# %%\nx = 1 / 0\n"
    )
    read = submission.read(path)
    assert list(read.cells) == [1, 3, 8]
    assert read.cells[3].splitlines()[3] == SOLUTION.splitlines()[0]
    assert read.cells[8].splitlines()[8] == "x = 1 / 0"
    assert read.place({"cell": 8, "line": 9}) == "line 9"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_byte_order_mark_and_line_endings_of_windows_do_no_harm(tmp_path, ending):
    path = tmp_path / "a.py"
    path.write_bytes(b"\xef\xbb\xbf" + SOLUTION.replace("\n", ending).encode())
    namespace = {}
    exec(submission.read(path).cells[1], namespace)
    assert namespace["softmax"](3) == 3


@pytest.mark.parametrize(
    "magics", ["%matplotlib inline", "!pip install einops", "%%time", "np.zeros?", "?print", "%timeit 1", "%load_ext x"]
)
def test_lines_with_magics_are_taken_out_and_the_rest_stays_on_its_line(tmp_path, magics):
    path = write(tmp_path / "a.ipynb", notebook(code(f"{magics}\n{SOLUTION}")))
    source = submission.read(path).cells[1]
    namespace = {}
    exec(source, namespace)
    assert namespace["softmax"](3) == 3
    assert source.split("\n")[1] == SOLUTION.split("\n")[0]


def test_a_cell_in_another_language_is_dropped(tmp_path):
    path = write(tmp_path / "a.ipynb", notebook(code("%%html\n<b>def softmax</b>"), code(SOLUTION)))
    assert submission.read(path).cells == {1: "", 2: SOLUTION}


def test_a_percent_sign_that_is_python_stays(tmp_path):
    source = SOLUTION + "\ny = (7\n% 4)"
    assert submission.read(write(tmp_path / "a.ipynb", notebook(code(source)))).cells == {1: source}
