"""The command `autograder`: what it prints and its exit codes."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

import autograder
from autograder.execution.executor import Executor
from autograder.intake import find
from autograder.intake.files import BadSubmission
from autograder.sandbox.confinement import LAYERS
from autograder.secret import FILE_NAME, seed_of
from autograder.shells.command_line import main
from demo.classroom import submission
from instructor.authoring.lessons import find_lessons
from instructor.shells import class_run

pytestmark = pytest.mark.usefixtures("one_worker")

PROJECT = Path(__file__).resolve().parent.parent
LESSON = next(lesson for lesson in find_lessons(PROJECT) if "attention" in lesson.name)
SOLVED = PROJECT / "solutions" / LESSON.stem / "attention.ipynb"
RELEASED = PROJECT / "assignments" / LESSON.stem / "attention.ipynb"


CAUSAL_MASK = "def causal_mask(num_tokens):\n    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))\n"


def run(*arguments: object):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_version_is_the_installed_one():
    installed = version("transformers-from-scratch")
    assert run("--version").output.split()[-1] == installed
    assert autograder.__version__ == installed


def test_a_solved_notebook_passes_with_exit_code_0():
    result = run("check", SOLVED)
    assert result.exit_code == 0, result.output
    assert "29 / 22 (bonus: 7)" in result.output


def test_a_release_is_not_attempted_with_exit_code_1():
    result = run("check", "--json", RELEASED)
    assert result.exit_code == 1
    (record,) = json.loads(result.stdout).values()
    assert record["score"] == 0
    assert {exercise["outcome"] for exercise in record["exercises"]} == {"not attempted"}


def test_a_wrong_answer_is_explained_from_the_top(tmp_path):
    file = tmp_path / "attention.py"
    file.write_text(
        "import numpy as np\ndef softmax(x, axis=-1):\n    e = np.exp(x)\n    return e / e.sum(axis, keepdims=True)\n"
    )
    result = run("check", file)
    assert result.exit_code == 1
    text = " ".join(result.stdout.split())
    parts = (
        "The exponentials overflow",
        "It breaks 1 of",
        '"numbers of any size give finite results": ',
        "should be",
        "Vaswani et al. (2017), section 3.2.1",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert text.count("Vaswani") == 1


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("missing.ipynb", None, "there is no such file"),
        ("notes.txt", "hello", "neither a notebook"),
        ("empty.ipynb", "", "is empty"),
        ("broken.ipynb", '{"cells": [', "its JSON is broken"),
        ("list.ipynb", "[1, 2]", "it has no list of cells"),
        ("no_solution.ipynb", '{"cells": [], "metadata": {}, "nbformat": 4}', "it has no solution cell"),
        (
            "cells_gone.ipynb",
            '{"cells": [], "metadata": {"autograder": {"unit": "attention"}}}',
            "has no solution cell of the unit attention",
        ),
        (
            "other_unit.ipynb",
            '{"cells": [], "metadata": {"autograder": {"unit": "cooking"}}}',
            "belongs to the unit 'cooking'",
        ),
        ("unrelated.py", "x = 1\n", "defines no exercise of this course"),
        ("archive.py", b"PK\3\4" + bytes(100), "is not text"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path, name, content, sentence):
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = run("check", file)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.output


def test_a_folder_without_notebooks_is_bad_input(tmp_path):
    result = run("check", tmp_path)
    assert result.exit_code == 2
    assert "no notebook in this folder" in result.stderr


@pytest.mark.parametrize("folder", ["work", "."])
def test_without_a_path_the_notebooks_here_are_checked(folder, tmp_path, monkeypatch):
    target = tmp_path / folder / "02_attention"
    target.mkdir(parents=True)
    shutil.copy(RELEASED, target)
    monkeypatch.chdir(tmp_path)
    assert "attention.ipynb" in run("check", "-e", "softmax").output


def test_one_exercise_can_be_checked_alone():
    result = run("check", "-e", "softmax", SOLVED)
    assert result.exit_code == 0
    assert "softmax" in result.stdout
    assert "causal_mask" not in result.stdout


def test_an_unknown_exercise_is_bad_input():
    result = run("check", "-e", "sofmax", SOLVED)
    assert result.exit_code == 2
    assert "there is no exercise 'sofmax'; did you mean 'softmax'?" in result.stderr


def test_an_exercise_of_another_unit_is_bad_input_and_no_success():
    result = run("check", "-e", "relu", SOLVED)
    assert result.exit_code == 2
    assert "relu is an exercise of feed_forward, and no file here is" in result.output


@pytest.mark.parametrize("name", ["[x] [bold]y[red].py", "a[/b].py", "./-x.py"])
def test_a_name_is_shown_as_it_is(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text("import numpy as np\n" + CAUSAL_MASK)
    result = run("check", "-e", "causal_mask", name)
    assert result.exit_code == 0, result.output
    assert Path(name).name in result.output


def test_a_name_that_is_too_long_for_a_file_is_bad_input(tmp_path):
    for command in ("check", "grade"):
        result = run(command, tmp_path / ("l" * 300 + ".py"))
        assert result.exit_code == 2
        assert "Traceback" not in result.output


def test_what_cannot_be_written_on_this_terminal_is_replaced(tmp_path):
    command = [sys.executable, "-m", "autograder", "check", "-e", "causal_mask", str(SOLVED)]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert b"? passed" in done.stdout


def test_a_run_that_is_terminated_leaves_no_folder(tmp_path):
    (tmp_path / "endless.py").write_text("def causal_mask(num_tokens):\n    while True:\n        pass\n")
    command = [sys.executable, "-m", "autograder", "check", str(tmp_path / "endless.py")]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    started = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("autograder-*/submission-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(tmp_path.glob("autograder-*"))
    started.send_signal(signal.SIGTERM)
    assert started.wait(30) == 128 + signal.SIGTERM
    assert list(tmp_path.glob("autograder-*")) == []


@pytest.mark.parametrize("option", ["--json", "--csv"])
@pytest.mark.parametrize("target", ["right.ipynb", "right.py", "folder/../pipe"])
def test_results_are_never_written_over_a_hand_in_or_a_device(tmp_path, option, target):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("right.ipynb", "right.py", "wrong.py"):
        (tmp_path / name).write_text(CAUSAL_MASK)
    result = run("grade", "--course", tmp_path, option, tmp_path / target, tmp_path / "wrong.py")
    assert result.exit_code == 2
    assert "cannot hold results" in result.output
    assert (tmp_path / "right.py").read_text() == CAUSAL_MASK
    assert (tmp_path / "pipe").is_fifo()


def test_one_file_does_not_hold_two_kinds_of_results(tmp_path):
    (tmp_path / "a.py").write_text(CAUSAL_MASK)
    results = tmp_path / "results"
    result = run("grade", "--course", tmp_path, "--json", results, "--csv", results, tmp_path / "a.py")
    assert result.exit_code == 2
    assert "both the JSON and the CSV" in result.output
    assert not results.exists()


def test_one_bad_file_does_not_stop_the_others(tmp_path):
    result = run("check", tmp_path / "missing.py", "-e", "softmax", SOLVED)
    assert result.exit_code == 2
    assert "there is no such file" in result.stderr
    assert "softmax" in result.stdout and "2 / 2" in result.stdout


def test_build_check_tells_stale_from_fresh(tmp_path):
    (tmp_path / "solutions").mkdir()
    shutil.copy(LESSON, tmp_path / "solutions")
    assert run("build", "--check", tmp_path).exit_code == 1
    assert run("build", tmp_path).exit_code == 0
    fresh = run("build", "--check", tmp_path)
    assert fresh.exit_code == 0
    assert "up to date" in fresh.stdout


def test_build_without_lessons_is_bad_input(tmp_path):
    result = run("build", tmp_path)
    assert result.exit_code == 2
    assert "there is no lesson" in result.stderr


def test_a_fault_of_the_grader_is_exit_code_3_and_no_grade(monkeypatch):
    from autograder.evidence import GraderFault
    from autograder.execution.executor import Executor

    def fails(*_, **__):
        raise GraderFault("no process")

    monkeypatch.setattr(Executor, "run", fails)
    result = run("check", SOLVED)
    assert result.exit_code == 3
    assert "not your fault" in result.stderr
    assert "22" not in result.stdout


@pytest.mark.parametrize("deep", [" + 1" * 600, ".T" * 1500, "[" * 90 + "0" + "]" * 90])
def test_code_that_is_nested_deeply_is_graded_like_any_other(tmp_path, deep):
    file = tmp_path / "deep.py"
    file.write_text(f"import numpy as np\ndef softmax(x, axis=-1):\n    return x{deep}\n\n{CAUSAL_MASK}")
    result = run("check", "-e", "softmax", "-e", "causal_mask", file)
    assert result.exit_code == 1
    assert "1 / 1" in result.stdout


def without_its_test() -> nbformat.NotebookNode:
    """The solved notebook but for the test that has to be written: trying that takes seconds."""
    source, release = (nbformat.read(path, as_version=4) for path in (SOLVED, RELEASED))
    return submission(source, release, {"test_multi_head_attention": None})


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class in nbgrader's folders, graded once: the command's result, and the rows that it wrote."""
    course = tmp_path_factory.mktemp("course")
    submitted = course / "submitted"
    for student in ("right", "renamed", "open", "broken", "link", "nobody", "=SUM(A1)", "x\x1b[31m\n"):
        (submitted / student / LESSON.stem).mkdir(parents=True)
    name = "attention.ipynb"
    shutil.copy(SOLVED, submitted / "right" / LESSON.stem / name)
    nbformat.write(without_its_test(), submitted / "renamed" / LESSON.stem / "attention (1).ipynb")
    shutil.copy(RELEASED, submitted / "open" / LESSON.stem / name)
    (submitted / "broken" / LESSON.stem / name).write_text("{")
    (submitted / "link" / LESSON.stem / name).symlink_to(SOLVED)
    (submitted / "linked").symlink_to(submitted / "right")
    result = run("grade", submitted, "--course", course, "--json", course / "all.json", "--csv", course / "all.csv")
    return result, course


def test_a_class_is_graded_with_a_row_for_each_and_exit_code_0(graded):
    result, course = graded
    assert result.exit_code == 0, result.output
    rows = {row["student"]: row for row in json.loads((course / "all.json").read_text())}
    assert len(rows) == 9
    assert {s: (r["points"], r["possible"], r["bonus"]) for s, r in rows.items() if r["points"]} == {
        "right": (22, 22, 7),
        "renamed": (22, 22, 5),
    }
    assert (rows["right"]["total"], rows["right"]["written"]) == (29, 3)
    assert "29 / 22" in result.output
    said = "attention: 3 points more for the written answers, which a person marks: variance (2), mask_first (1)"
    assert result.output.count(said) == 1
    assert rows["right"]["sentence"] == "everything is right"
    assert rows["open"]["outcome"] == "graded"
    for student, words in (
        ("broken", "attention.ipynb is not a notebook: its JSON is broken"),
        ("link", "attention.ipynb is a link"),
        ("nobody", "there is no attention.ipynb"),
    ):
        assert rows[student]["outcome"] == "unreadable"
        assert rows[student]["sentence"].startswith(words)
        assert (rows[student]["points"], rows[student]["possible"]) == (0, 22)
    assert rows["linked"]["sentence"].startswith("linked is a link")


def test_the_table_shows_every_student_and_no_control_characters(graded):
    result, _ = graded
    for student in ("right", "renamed", "open", "broken", "link", "linked", "nobody", "=SUM(A1)", "x?[31m?"):
        assert student in result.stdout
    assert "\x1b" not in result.stdout


def test_the_csv_has_the_same_rows_and_no_formulas(graded):
    _, course = graded
    with open(course / "all.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9
    assert "'=SUM(A1)" in {row["student"] for row in rows}
    assert {row["points"] for row in rows if row["student"] == "right"} == {"22.0"}
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


def test_neither_seeds_nor_the_secret_are_in_the_results(graded):
    result, course = graded
    secret = (course / FILE_NAME).read_text().strip()
    for text in (result.output, (course / "all.json").read_text(), (course / "all.csv").read_text()):
        assert secret not in text
        assert seed_of(secret, "softmax") not in text


def test_grade_is_on_hidden_inputs_and_agrees_with_the_course_secret(tmp_path):
    file = tmp_path / "attention.py"
    file.write_text("def causal_mask(n):\n    return [[1, 0, 0], [1, 1, 0], [1, 1, 1]]\n")
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        assert run("grade", "-e", "causal_mask", file, "--course", folder, "--json", folder / "a.json").exit_code == 0
        (row,) = json.loads((folder / "a.json").read_text())
        assert [e["exercise"] for e in row["exercises"]] == ["causal_mask"]
        assert any(verdict["hidden"] for verdict in row["exercises"][0]["verdicts"])
        assert len((folder / FILE_NAME).read_text().strip()) == 64


def test_a_row_names_the_mistakes_and_plain_shares_change_what_they_cost(tmp_path):
    file = tmp_path / "attention.py"
    file.write_text("import numpy as np\ndef softmax(x, axis=-1):\n    return np.exp(x - x.max(axis, keepdims=True))\n")
    rows: list[dict[str, str]] = []
    for options in ([], ["--plain-shares"]):
        result = run("grade", "-e", "softmax", file, "--course", tmp_path, "--csv", tmp_path / "a.csv", *options)
        assert result.exit_code == 0, result.output
        with open(tmp_path / "a.csv", newline="", encoding="utf-8") as opened:
            rows += csv.DictReader(opened)
    assert [row["points"] for row in rows] == ["1.0", "0.0"]
    assert {row["mistakes"] for row in rows} == {"softmax: softmax-not-normalised"}
    assert {row["sentence"].partition(": ")[2][:20] for row in rows} == {"The exponentials are"}


def test_a_killed_run_has_kept_what_was_graded(tmp_path, monkeypatch):
    done: list = []

    def killed_at_the_third(hand_in, *_):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(hand_in)
        return dict.fromkeys(class_run.COLUMNS, "x")

    monkeypatch.setattr(class_run, "grade_hand_in", killed_at_the_third)
    (tmp_path / "all.json").write_text("of an earlier run")
    run("grade", SOLVED, SOLVED, SOLVED, "--course", tmp_path, "--json", tmp_path / "all.json", "--csv", tmp_path / "c")
    assert len([json.loads(line) for line in (tmp_path / "all.json.part").read_text().splitlines()]) == 2
    assert len((tmp_path / "c.part").read_text().splitlines()) == 3
    assert (tmp_path / "all.json").read_text() == "of an earlier run"


def test_a_fault_of_the_grader_is_a_row_without_points_and_exit_code_3(tmp_path, monkeypatch):
    from autograder.evidence import GraderFault
    from autograder.execution.executor import Executor

    def fails(*_, **__):
        raise GraderFault("no process")

    monkeypatch.setattr(Executor, "run", fails)
    (tmp_path / "broken.ipynb").write_text("{")
    result = run("grade", SOLVED, tmp_path / "broken.ipynb", "--course", tmp_path, "--json", tmp_path / "all.json")
    assert result.exit_code == 3
    fault, broken = json.loads((tmp_path / "all.json").read_text())
    assert (fault["outcome"], fault["points"], fault["exercises"]) == ("grader fault", None, [])
    assert "no student is to blame" in fault["sentence"]
    assert (broken["outcome"], broken["points"]) == ("unreadable", 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.ipynb"], "there is no such file or folder"),
        (["-e", "sofmax", SOLVED], "there is no exercise 'sofmax'"),
        (["empty"], "nothing has been handed in here"),
        (["--json", "no/such/folder/x", SOLVED], "No such file or directory"),
        (["--course", "damaged", SOLVED], "holds no course secret"),
    ],
)
def test_a_grade_that_cannot_be_made_is_exit_code_2_and_one_sentence(tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / FILE_NAME).write_text("short")
    result = run("grade", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_doctor_says_of_every_layer_whether_it_is_there(monkeypatch):
    result = run("doctor")
    rows = [line for line in result.stdout.splitlines() if "active" in line or "missing" in line]
    assert len([line for line in rows if "✓ active" in line or "✗ missing" in line]) == len(LAYERS) + 1
    assert result.exit_code == (1 if "✗ missing" in result.stdout else 0)
    monkeypatch.setattr(Executor, "missing_layers", lambda _: {"landlock": "Function not implemented"})
    result = run("doctor")
    assert result.exit_code == 1
    assert "Function not implemented" in " ".join(result.stdout.split())


def test_without_the_whole_sandbox_nothing_is_graded_where_it_is_required_and_a_line_says_so_elsewhere(
    monkeypatch, tmp_path
):
    note = Executor._note_missing
    monkeypatch.setattr(Executor, "_note_missing", lambda self, _: note(self, {"landlock": "none here"}))
    file = tmp_path / "attention.py"
    file.write_text("def causal_mask(num_tokens): return None\n")
    refused = run("grade", file, "--course", tmp_path, "--require-sandbox", "-e", "causal_mask")
    assert refused.exit_code == 3
    assert "landlock (none here)" in refused.stderr
    assert "causal_mask" not in refused.stdout
    for command in (["grade", file, "--course", tmp_path], ["check", file]):
        said = run(*command, "-e", "causal_mask")
        assert said.exit_code in (0, 1)
        assert "the sandbox is not complete on this machine: landlock (none here)" in said.stderr


def test_many_large_files_are_not_all_read(tmp_path, monkeypatch):
    folder = tmp_path / "02_attention"
    folder.mkdir()
    for number in range(5):
        (folder / f"copy {number}.ipynb").write_text('{"cells": [' + " " * 1000)
    opened: list = []
    monkeypatch.setattr(find, "_find_unit", opened.append)
    monkeypatch.setattr(find, "LARGEST_FILE", 2500)
    with pytest.raises(BadSubmission):
        find.find_submission(folder, "attention", "attention")
    assert len(opened) == 2
