"""What a student may hand in, and the one sentence that says why a file cannot be graded."""

import json
import os
import pickle
from pathlib import Path
from unittest.mock import Mock

import pytest

from autograder import syllabus
from autograder.intake import submission
from autograder.intake.cells import experiment_mark, split_cells
from autograder.intake.code import Code, bound_names
from autograder.intake.files import BadSubmission
from autograder.intake.submission import Submission
from autograder.sandbox.interactive import Shell

SOLUTION = "def softmax(x, axis=-1):\n    return x"
CAUSAL_MASK = "def causal_mask(n):\n    return n"


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
    "nested.ipynb": ("[" * 100_000, "nested too deeply"),
    "deep.ipynb": ('{"cells": ' + "[" * 2_000_000 + "]" * 2_000_000 + "}", "nested too deeply"),
    "many.ipynb": ('{"cells": [' + "{}," * 3000 + "{}]}", "has 3001 cells"),
    "wordy.ipynb": (notebook(code(SOLUTION), code("#" * 300_000)), "KiB of code"),
    "essay_too_long.ipynb": (
        notebook(code(SOLUTION), {"cell_type": "raw", "source": "a" * 5_000_000}),
        "KiB of text",
    ),
    "wordy.py": (SOLUTION + "#" * 300_000, "KiB of code"),
    "old.ipynb": ('{"worksheets": [1]}', "an old notebook format that cannot be converted"),
    "digits.ipynb": ('{"cells": ' + "9" * 5000 + "}", "its JSON is broken"),
    "cells.ipynb": ('{"cells": [1]}', "is not a notebook of this course"),
    "source.ipynb": ('{"cells": [{"cell_type": "code", "source": 7}]}', "is not a notebook of this course"),
    "r.ipynb": (
        notebook(code("softmax <- 3")) | {"metadata": {"kernelspec": {"language": "R"}}},
        "is a notebook for R",
    ),
    "julia.ipynb": (
        notebook(code("function softmax(x)\nend")) | {"metadata": {"language_info": {"name": "julia"}}},
        "is a notebook for julia",
    ),
    "empty.ipynb": (" \n", "is empty"),
    "empty.py": ("", "is empty"),
    "other.py": ("x = 1", "defines no exercise of this course"),
    "comment.py": ("# def softmax", "defines no exercise of this course"),
    "essay.ipynb": (notebook({"cell_type": "markdown", "source": "def softmax"}), "is not a notebook of this course"),
    "foreign.ipynb": (notebook(code("x = 1")), "is not a notebook of this course"),
    "unit.ipynb": (notebook(code("x = 1"), unit="cooking"), "belongs to the unit 'cooking'"),
    "odd.ipynb": (notebook(code("x = 1"), unit=["attention\n"]), "belongs to the unit ['attention"),
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


def refusal_of(path) -> str:
    with pytest.raises(BadSubmission) as refusal:
        submission.read(path)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "folder").mkdir()
    assert "there is no such file" in refusal_of(tmp_path / "no.ipynb")
    assert "is a folder" in refusal_of(tmp_path / "folder.ipynb")
    assert "is a folder" in refusal_of(tmp_path / "folder")
    assert "its name cannot be used" in refusal_of(tmp_path / "a\0b.py")
    assert "cannot be opened" in refusal_of(tmp_path / ("long" * 100 + ".py"))


def test_a_link_is_refused_even_to_a_right_notebook_and_a_pipe_without_waiting(tmp_path):
    right = write(tmp_path / "right.py", SOLUTION)
    (tmp_path / "link.py").symlink_to(right)
    (tmp_path / "nowhere.ipynb").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe.ipynb")
    assert "is a link" in refusal_of(tmp_path / "link.py")
    assert "is a link" in refusal_of(tmp_path / "nowhere.ipynb")
    assert "is a pipe" in refusal_of(tmp_path / "pipe.ipynb")


def test_a_link_that_appears_after_the_look_is_not_followed(tmp_path, monkeypatch):
    right = write(tmp_path / "right.py", SOLUTION)
    link = tmp_path / "link.py"
    link.symlink_to(right)
    monkeypatch.setattr(Path, "lstat", lambda self: os.stat(right))
    assert "cannot be opened" in refusal_of(link)


def test_a_file_that_is_too_large_is_refused_without_reading_it(tmp_path):
    with open(tmp_path / "large.ipynb", "wb") as file:
        file.truncate(1 << 40)
    assert "has 1048576 MiB; a submission has at most 32" in refusal_of(tmp_path / "large.ipynb")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "archive.ipynb").write_bytes(b"PK\3\4\x14\0\0\0\x08\0" + bytes(100))
    assert "is not text" in refusal_of(tmp_path / "archive.ipynb")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
@pytest.mark.parametrize("suffix", [".py", ".ipynb"])
def test_text_in_another_encoding_is_read(tmp_path, encoding, suffix):
    source = "# café\n" + SOLUTION
    text = source if suffix == ".py" else json.dumps(notebook(code(source)), ensure_ascii=False)
    (tmp_path / f"a{suffix}").write_bytes(text.encode(encoding))
    assert submission.read(tmp_path / f"a{suffix}").cells == {1: source}


def test_nul_and_halves_of_characters_are_replaced_so_that_the_source_can_be_written(tmp_path):
    read = submission.read(write(tmp_path / "a.ipynb", notebook(code(SOLUTION), code("x = '\0 \ud800 \U0001f600'"))))
    assert read.cells == {1: SOLUTION, 2: "x = '\ufffd \ufffd \U0001f600'"}


@pytest.mark.parametrize("source", [7, None, {"a": 1}, ["x = 1\n", ["y = 2"]], ["x", 3]])
def test_a_cell_whose_source_is_no_text_does_not_cost_the_others(tmp_path, source):
    read = submission.read(write(tmp_path / "a.ipynb", notebook(code(source), code(SOLUTION), 3, None, "text")))
    assert read.cells[2] == SOLUTION
    assert read.cells[1] == "# this cell could not be read: its source is not text"


@pytest.mark.parametrize("metadata", [7, None, [], {"nbgrader": 3, "autograder": [1]}, {"nbgrader": {"grade": {}}}])
def test_metadata_of_any_shape_does_no_harm(tmp_path, metadata):
    odd = {"cells": [{"cell_type": "code", "source": SOLUTION, "metadata": metadata}], "metadata": metadata}
    assert submission.read(write(tmp_path / "a.ipynb", odd)).cells == {1: SOLUTION}


def test_an_old_notebook_is_converted(tmp_path):
    sheet = {"cells": [{"cell_type": "code", "input": SOLUTION.splitlines(True), "language": "python", "outputs": []}]}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [sheet]}
    assert submission.read(write(tmp_path / "a.ipynb", old)).cells == {1: SOLUTION}


@pytest.mark.parametrize("version", [3, 5, 99, -1, "four", None, [4]])
def test_a_version_that_is_not_4_is_no_matter_where_the_cells_are_there(tmp_path, version):
    read = submission.read(write(tmp_path / "a.ipynb", notebook(code(SOLUTION)) | {"nbformat": version}))
    assert read.cells == {1: SOLUTION}


def test_the_kernel_is_no_matter_where_the_cells_are_python(tmp_path):
    odd = notebook(code(SOLUTION)) | {"metadata": {"language_info": {"name": "R"}, "kernelspec": 3}}
    assert submission.read(write(tmp_path / "a.ipynb", odd)).unit == "attention"


def test_a_unit_that_cannot_be_gives_way_to_the_exercises_that_are_there(tmp_path):
    for unit in ("cooking", ["attention"], "layer_norm"):
        assert submission.read(write(tmp_path / "a.ipynb", notebook(code(SOLUTION), unit=unit))).unit == "attention"


def test_a_notebook_is_of_the_unit_it_says_where_it_defines_more_of_another():
    encoder = code("def encoder_layer(x, weights, num_heads):\n    return x")
    read = submission.from_notebook(notebook(encoder, code(SOLUTION), code(CAUSAL_MASK), unit="encoder"), "a")
    assert read.unit == "encoder"


def test_a_solution_that_was_turned_into_text_or_into_a_test_is_still_run(tmp_path):
    as_text = code(SOLUTION, grade=True, solution=True) | {"cell_type": "markdown"}
    as_test = code(CAUSAL_MASK, grade=True)
    read = submission.read(write(tmp_path / "a.ipynb", notebook(as_text, as_test, unit="attention")))
    assert list(read.cells) == [1, 2]


@pytest.mark.parametrize(
    "name", ["a.IPYNB", "a.ipynb.txt", "a.ipynb.json", "a.PY", "a b (1).ipynb", "..ipynb", "ä\n.py"]
)
def test_a_name_that_a_browser_or_a_student_changed_is_still_read(tmp_path, name):
    content = SOLUTION if "py" in name.lower()[-2:] else notebook(code(SOLUTION))
    read = submission.read(write(tmp_path / name, content))
    assert read.unit == "attention"
    assert "\n" not in read.path


def test_a_notebooks_code_cells_keep_their_numbers(tmp_path):
    text = {"cell_type": "markdown", "source": "# title", "metadata": {}}
    path = write(tmp_path / "a.ipynb", notebook(text, code(SOLUTION), text, code(["x = 1\n", "y = 2"])))
    read = submission.read(path)
    assert read.cells == {2: SOLUTION, 4: "x = 1\ny = 2"}
    assert (read.unit, read.is_notebook) == ("attention", True)
    assert read.place(4, 2) == "your cell that begins with `x = 1`, line 2"


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
    assert read.place(8, 9) == "line 9 of your file"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_byte_order_mark_and_line_endings_of_windows_do_no_harm(tmp_path, ending):
    path = tmp_path / "a.py"
    path.write_bytes(b"\xef\xbb\xbf" + SOLUTION.replace("\n", ending).encode())
    namespace: dict = {}
    exec(submission.read(path).cells[1], namespace)
    assert namespace["softmax"](3) == 3


@pytest.mark.parametrize(
    "magics", ["%matplotlib inline", "!pip install einops", "%%time", "np.zeros?", "?print", "%timeit 1", "%load_ext x"]
)
def test_lines_with_magics_do_no_harm_and_the_rest_stays_on_its_line(tmp_path, magics):
    path = write(tmp_path / "a.ipynb", notebook(code(f"{magics}\n{SOLUTION}")))
    source = submission.read(path).cells[1]
    namespace: dict = {"get_ipython": Shell()}
    exec(source, namespace)
    assert namespace["softmax"](3) == 3
    assert source.split("\n")[1] == SOLUTION.split("\n")[0]


def test_a_cell_in_another_language_defines_nothing(tmp_path):
    path = write(tmp_path / "a.ipynb", notebook(code("%%html\ndef softmax(x): pass"), code(SOLUTION)))
    read = submission.read(path)
    assert read.cells == {1: "get_ipython().run_cell_magic('html', '', 'def softmax(x): pass\\n')", 2: SOLUTION}
    assert not read.code.should_define(1, "softmax")


def test_a_percent_sign_that_is_python_stays(tmp_path):
    source = SOLUTION + "\ny = (7\n% 4)"
    assert submission.read(write(tmp_path / "a.ipynb", notebook(code(source)))).cells == {1: source}


def test_each_cell_is_read_once_however_many_exercises_there_are(monkeypatch):
    cells = {number: f"value_{number} = {number}" for number in range(2000)}
    walked = Mock(wraps=bound_names)
    monkeypatch.setattr("autograder.intake.code.bound_names", walked)
    read = Code(cells)
    for name in syllabus.exercise_names():
        assert not read.defines(name)
        assert read.replaced_in(name) is None
    assert walked.call_count == len(cells)


# ---- what is handed over as it is, without a file


def test_a_cell_may_have_its_source_in_lines_or_none_at_all():
    lines = {"cell_type": "code", "source": ["def softmax(x):\n", "    return x"]}
    read = submission.from_notebook({"cells": [lines, {"cell_type": "code"}]}, "a.ipynb")
    assert read.cells == {1: "def softmax(x):\n    return x", 2: ""}


def test_a_notebook_with_a_solution_cell_is_graded_though_nothing_is_defined():
    read = submission.from_notebook(notebook(code("x = 1", grade=True, solution=True), unit="attention"), "a.ipynb")
    assert read.cells == {1: "x = 1"}


def test_a_solution_that_begins_with_a_check_is_run():
    source = f"check('softmax')\n{SOLUTION}"
    read = submission.from_notebook(notebook(code(source, grade=True, solution=True)), "a.ipynb")
    assert read.cells == {1: source}


def test_the_mark_of_an_experiment_is_the_one_in_the_released_notebooks():
    assert experiment_mark(" x\n") == experiment_mark("x") == "2d711642b726b044"


def test_an_indented_comment_is_no_cell():
    assert split_cells(f"  # a comment\n\n# %%\n{SOLUTION}") == {3: f"# %%\n{SOLUTION}"}


def test_a_python_file_is_no_notebook_and_its_cells_begin_with_empty_lines():
    read = submission.from_python(f"x = 1\n# In[2]:\n{SOLUTION}", "a.py")
    assert read == Submission("a.py", "attention", {1: "x = 1", 2: f"\n# In[2]:\n{SOLUTION}"}, is_notebook=False)


def test_what_is_handed_in_for_another_unit_is_refused_with_the_units_there_are():
    units = ", ".join(syllabus.units())
    for sentence, read in {
        "a defines no exercise of the unit encoder": lambda: submission.from_python(SOLUTION, "a", "encoder"),
        f"a defines no exercise of this course; its units are {units}": lambda: submission.from_python("x = 1", "a"),
        f"a belongs to the unit '{'u' * 59}; this course has {units}": (
            lambda: submission.from_notebook(notebook(code("x = 1"), unit="u" * 99), "a")
        ),
        "a has no solution cell of the unit encoder: they are gone, or were never there; "
        "put your code into the released notebook": (
            lambda: submission.from_notebook(notebook(code(SOLUTION)), "a", "encoder")
        ),
        "a is not a notebook of this course: it has no solution cell and defines no exercise": (
            lambda: submission.from_notebook(notebook(code("x = 1")), "a")
        ),
    }.items():
        with pytest.raises(BadSubmission) as refusal:
            read()
        assert str(refusal.value) == sentence


def test_only_the_number_of_a_cell_that_is_there_names_a_line():
    read = Submission("a", "attention", {4: "x\ny", 1234567890: "z"}, is_notebook=True)
    assert [read.line_of("4", line) for line in (None, -1, 0, 1, 2, 3)] == [None, None, None, "x", "y", None]
    assert [read.line_of(cell, 1) for cell in ("", "04", "\u0664", "5", "+4", "1234567890")] == [None] * 6


def test_a_cell_is_named_by_its_first_line_that_says_something():
    read = Submission("a", "attention", {4: "\n  x = 1", 5: " \n"}, is_notebook=True)
    assert read.cell_words(4) == "your cell that begins with `x = 1`"
    assert read.cell_words(5) == "your cell that begins with ``"


def test_the_notebook_of_unit_0_is_checked_and_not_graded(tmp_path):
    path = write(
        tmp_path / "start.ipynb", notebook(code("x = 1"), code("%time y"), code('check("x")', grade=True), unit="start")
    )
    with pytest.raises(submission.IsPractice) as refusal:
        submission.read(path)
    assert str(refusal.value) == (
        f"{path} is unit 0, which is not graded: check it in the notebook, and hand in nothing"
    )
    checked = submission.read_to_check(path)
    assert checked == submission.read_practice(path)
    assert (checked.path, checked.unit, checked.is_notebook) == (str(path), syllabus.PRACTICE.name, True)
    assert list(checked.cells) == [1, 2]
    other = write(tmp_path / "attention.ipynb", notebook(code(SOLUTION, solution=True), unit="attention"))
    assert submission.read_to_check(other) == submission.read(other)


def test_a_submission_is_sent_to_another_process_without_its_syntax_trees():
    read = Submission("a", "attention", {1: SOLUTION}, is_notebook=True)
    assert read.code.defines("softmax")
    sent = pickle.loads(pickle.dumps(read))
    assert sent == read
    assert "code" not in vars(sent)
    assert sent.code.defines("softmax")
