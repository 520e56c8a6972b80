"""`pytest attention.ipynb`: one test for each case, and the message is the explanation."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import syllabus
from instructor.authoring.lessons import find_lessons
from tests.nested_pytest import Run, run_here

pytestmark = pytest.mark.usefixtures("one_worker")

PROJECT = Path(__file__).resolve().parent.parent
LESSON = next(lesson for lesson in find_lessons(PROJECT) if "attention" in lesson.name)
SOLVED = PROJECT / "solutions" / LESSON.stem / "attention.ipynb"
PUBLIC = [f"{e.name}[{c.name}]" for e in syllabus.units()["attention"].exercises for c in e.cases if not c.hidden]
WRONG = """
import numpy as np

def softmax(x, axis=-1):
    e = np.exp(x)
    return e / e.sum(axis, keepdims=True)
"""

DIVIDES_BY_D_K = """
import numpy as np

def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ np.swapaxes(k, -1, -2) / q.shape[-1]
    scores = scores if mask is None else np.where(mask, scores, -1e30)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights @ v, weights
"""


def run(*arguments: object, cwd: Path = PROJECT) -> Run:
    return run_here(cwd, *arguments)


def test_a_solved_notebook_passes_case_by_case():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(SOLVED), "-q"]
    result = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert f"{len(PUBLIC)} passed" in result.stdout


def test_ids_are_readable_and_k_selects():
    listed = run(SOLVED, "--collect-only", "-q").stdout
    assert all(f"::{name}" in listed for name in PUBLIC)
    result = run(SOLVED, "-q", "-k", "causal_mask or large")
    wanted = [name for name in PUBLIC if "causal_mask" in name or "large" in name]
    assert f"{len(wanted)} passed" in result.stdout


def test_a_failure_shows_the_explanation_and_no_traceback(tmp_path):
    file = tmp_path / "attention.py"
    file.write_text(WRONG)
    result = run(file, "-k", "softmax and large", cwd=tmp_path)
    assert result.returncode == 1
    assert "The exponentials overflow" in result.stdout
    assert '"numbers of any size give finite results": ' in result.stdout
    assert "(-0.5)" in result.stdout
    assert "Vaswani et al. (2017), section 3.2.1" in result.stdout
    assert "autograder/" not in result.stdout.replace(str(tmp_path), "")
    assert "Traceback" not in result.stdout


def test_a_name_that_is_nearly_right_leads_to_the_exercise():
    result = run(f"{SOLVED}::sofmax", "-q")
    assert result.returncode != 0
    assert "there is no exercise 'sofmax'; did you mean 'softmax'?" in result.stdout


@pytest.mark.parametrize(("setting", "cost"), [("true", "(-2.5)"), ("false", "(-5)")])
def test_what_a_mistake_costs_is_a_setting(tmp_path, setting, cost):
    (tmp_path / "attention.py").write_text(DIVIDES_BY_D_K)
    name = "attention.py::scaled_dot_product_attention"
    assert cost in run(name, "-q", "-o", f"follow_through={setting}", cwd=tmp_path).stdout


def test_a_bare_pytest_collects_tests_and_no_course_notebook(tmp_path):
    """In a project that has our settings and notebooks, and one test."""
    for folder in ("solutions", "assignments"):
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text("def test_one():\n    assert True\n")
    result = run("--collect-only", "-q", cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    files = {line.split("::")[0] for line in result.stdout.splitlines() if "::" in line}
    assert files == {"tests/test_one.py"}


def test_a_folder_is_searched_for_notebooks(tmp_path):
    (tmp_path / "attention.ipynb").write_text(SOLVED.read_text(encoding="utf-8"), encoding="utf-8")
    assert "attention.ipynb::softmax[rows]" in run(tmp_path, "--collect-only", "-q", cwd=tmp_path).stdout


def test_other_python_files_stay_tests(tmp_path):
    (tmp_path / "helpers_of_mine.py").write_text("def test_one():\n    assert True\n")
    assert "1 passed" in run("helpers_of_mine.py", "-q", cwd=tmp_path).stdout


@pytest.mark.parametrize("content", ["", "{", '{"cells": []}'])
def test_a_bad_notebook_is_one_sentence(tmp_path, content):
    (tmp_path / "attention.ipynb").write_text(content)
    result = run("attention.ipynb", cwd=tmp_path)
    assert result.returncode == 2
    assert "attention.ipynb is" in result.stdout
    assert "Traceback" not in result.stdout
