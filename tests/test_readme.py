"""The numbers that the README states are true."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder import syllabus
from autograder.__main__ import main
from autograder.execution.blocks_of_unit import GIVEN
from instructor.authoring.lessons import find_lessons, unit_name

pytestmark = pytest.mark.usefixtures("one_worker")

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
TEXT = " ".join(README.split())
LESSONS = find_lessons(PROJECT)
DIVIDES_BY_D_K = """
import numpy as np

def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ np.swapaxes(k, -1, -2) / q.shape[-1]
    scores = scores if mask is None else np.where(mask, scores, -1e30)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights @ v, weights
"""


def numbers_in(pattern: str, text: str) -> tuple[str, ...]:
    found = re.search(pattern, text)
    assert found, pattern
    return found.groups()


def lines_in(folder: str) -> int:
    files = (PROJECT / "transformer_ref" / folder).glob("*.py")
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def points_of(lesson: Path) -> tuple[float, float]:
    """The points of a unit with its written questions, and those of its bonus."""
    unit = syllabus.units()[unit_name(lesson)]
    return unit.points, sum(exercise.points for exercise in unit.exercises if exercise.bonus)


def test_the_reference_has_as_many_lines_as_are_promised():
    promised = numbers_in(r"the reference: (\d+) lines of NumPy and (\d+) of PyTorch, docstrings and blank lines", TEXT)
    assert [int(number) for number in promised] == [lines_in("in_numpy"), lines_in("in_torch")]


def test_the_table_has_every_unit_with_its_points():
    rows = re.findall(r"^\| `(\d\d_\w+)` \| [^|]* \| ([^|]*) \|", README, flags=re.MULTILINE)
    expected = [
        (lesson.stem, f"{points:g} + {bonus:g}" if bonus else f"{points:g}")
        for lesson in LESSONS
        for points, bonus in [points_of(lesson)]
    ]
    assert rows == [("00_start", "0"), *expected]


def test_the_sums_are_those_of_the_table():
    points, bonus = (sum(column) for column in zip(*map(points_of, LESSONS), strict=True))
    assert f"{points:g} points with the written questions, and {bonus:g} of bonus" in TEXT


def test_the_units_that_are_given_known_good_parts_are_named():
    first, last = numbers_in(r"units (\d+) to (\d+) are composed of known-good parts", TEXT)
    assert [unit_name(lesson) for lesson in LESSONS if int(first) <= int(lesson.stem[:2]) <= int(last)] == list(GIVEN)


def test_the_versions_of_python_are_those_that_the_project_allows():
    (low, above) = numbers_in(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (PROJECT / "pyproject.toml").read_text())
    assert f"Python 3.{low} to 3.{int(above) - 1}, `make`" in TEXT


def test_the_explanation_at_the_top_is_what_a_student_reads(tmp_path):
    file = tmp_path / "attention.py"
    file.write_text(DIVIDES_BY_D_K, encoding="utf-8")
    shown = CliRunner().invoke(main, ["check", str(file), "-e", "scaled_dot_product_attention"]).output
    (promised,) = re.findall(r"^```\n(✗.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    assert " ".join(promised.split()) in " ".join(shown.split())
