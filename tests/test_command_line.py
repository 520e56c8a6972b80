"""The command `autograder`: what it prints and its exit codes."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.__main__ import main
from autograder.notebooks import lessons

PROJECT = Path(__file__).resolve().parent.parent
LESSON = next(lesson for lesson in lessons(PROJECT) if "attention" in lesson.name)
SOLVED = PROJECT / "solutions" / LESSON.stem / "attention.ipynb"
RELEASED = PROJECT / "assignments" / LESSON.stem / "attention.ipynb"


def run(*arguments: object):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_solved_notebook_passes_with_exit_code_0():
    result = run("check", SOLVED)
    assert result.exit_code == 0, result.output
    assert "22 / 22 + 5 bonus" in result.output


def test_a_release_is_not_attempted_with_exit_code_1():
    result = run("check", "--json", RELEASED)
    assert result.exit_code == 1
    (record,) = json.loads(result.stdout).values()
    assert record["score"] == 0
    assert {exercise["outcome"] for exercise in record["exercises"]} == {"not attempted"}


def test_a_wrong_answer_is_explained_in_four_parts(tmp_path):
    file = tmp_path / "attention.py"
    file.write_text(
        "import numpy as np\ndef softmax(x, axis=-1):\n    e = np.exp(x)\n    return e / e.sum(axis, keepdims=True)\n"
    )
    result = run("check", file)
    assert result.exit_code == 1
    text = " ".join(result.stdout.split())
    for part in (
        "numbers of any size give finite results",
        "expected",
        "likely cause: The exponentials overflow",
        "Vaswani et al. (2017), section 3.2.1",
    ):
        assert part in text


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
        ("latin.py", b"caf\xe9 = 1", "is not text in UTF-8"),
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


def test_one_exercise_can_be_checked_alone():
    result = run("check", "-e", "softmax", SOLVED)
    assert result.exit_code == 0
    assert "softmax" in result.stdout
    assert "causal_mask" not in result.stdout


def test_an_unknown_exercise_is_bad_input():
    result = run("check", "-e", "sofmax", SOLVED)
    assert result.exit_code == 2
    assert "there is no exercise 'sofmax'; there are softmax" in result.stderr


def test_one_bad_file_does_not_stop_the_others(tmp_path):
    result = run("check", tmp_path / "missing.py", SOLVED)
    assert result.exit_code == 2
    assert "there is no such file" in result.stderr
    assert "22 / 22 + 5 bonus" in result.stdout


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
    from autograder.isolate import GraderFault, Worker

    def fails(*_):
        raise GraderFault("no process")

    monkeypatch.setattr(Worker, "run", fails)
    result = run("check", SOLVED)
    assert result.exit_code == 3
    assert "not your fault" in result.stderr
    assert "22" not in result.stdout
