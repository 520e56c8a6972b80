"""Pasted copies are flagged, to the instructor alone; independent solutions never are, however plain."""

import ast
import csv
import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder import syllabus
from autograder.intake import submission
from autograder.intake.code import Code
from autograder.shells.command_line import main
from instructor.copies import (
    REFERENCE,
    SHORTEST,
    SOLUTION,
    Copies,
    digest_definitions,
    find_digests,
    find_originals,
)
from instructor.shells.class_run import render_table

ROOT = Path(__file__).resolve().parents[1]
INDEPENDENT = sorted(Path(__file__).parent.glob("unusual/*/*.py"))


def source_of(name: str, path: str) -> str:
    """A definition of the reference, with the imports around it."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kept = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom)) or getattr(n, "name", "") == name]
    return ast.unparse(ast.Module(kept, []))


MODULE = source_of("MultiHeadAttention", "transformer_ref/in_torch/attention.py")
FUNCTION = source_of("scaled_dot_product_attention", "transformer_ref/in_numpy/attention.py")


def copied(source: str, name: str) -> str:
    """What is said of a file with this source."""
    digests = find_digests(Code({1: source}), [name])
    return Copies(ROOT).describe("ada", syllabus.unit_of(name).name, digests)


def test_a_copy_of_the_reference_is_flagged():
    assert copied(MODULE, "MultiHeadAttention") == f"MultiHeadAttention: {REFERENCE}"
    assert copied(FUNCTION, "scaled_dot_product_attention") == f"scaled_dot_product_attention: {REFERENCE}"


def test_a_copy_of_a_lesson_is_flagged():
    lesson = (ROOT / "solutions" / "02_attention.py").read_text(encoding="utf-8")
    assert copied(lesson, "MultiHeadAttention") == f"MultiHeadAttention: {SOLUTION}"


DISGUISED = {
    "other names": lambda s: re.sub(r"\b(scores|attention_weights)\b", r"my_\1", s).replace("softmax(", "share_out("),
    "other names of arguments": lambda s: re.sub(r"\bq\b", "queries", re.sub(r"\bk\b", "keys", s)),
    "no annotations": lambda s: re.sub(r": (Float|Bool)\[Array, '[^']*'\]( \| None)?|\s*-> tuple\[.*\](?=:)", "", s),
    "no docstring": lambda s: re.sub(r'""".*?"""', "pass", s, flags=re.DOTALL),
    "comments": lambda s: s.replace("\n    ", "  # mine\n    ").replace("\n", "\n\n"),
    "another alias of NumPy": lambda s: re.sub(r"\bnp\b", "numpy", s).replace("import numpy as numpy", "import numpy"),
    "an annotation of its own": lambda s: s.replace("scores = q", "scores: object = q"),
}


@pytest.mark.parametrize("disguise", DISGUISED.values(), ids=list(DISGUISED))
def test_a_disguise_does_not_hide_a_copy(disguise):
    disguised = disguise(FUNCTION)
    assert disguised != FUNCTION
    assert copied(disguised, "scaled_dot_product_attention")


def test_other_names_of_a_modules_parts_do_not_hide_a_copy():
    disguised = re.sub(r"\b_(split_heads|merge_heads)\b", r"\1_of_mine", MODULE)
    disguised = disguised.replace("self.num_heads", "self.how_many").replace(
        "raise ValueError(", "raise ValueError('no'  + "
    )
    assert copied(disguised, "MultiHeadAttention") == f"MultiHeadAttention: {REFERENCE}"


CHANGED = {
    "another operator": ("q @ k", "q * k"),
    "another order of the factors": ("q @ k.swapaxes(-1, -2)", "k.swapaxes(-1, -2) @ q"),
    "another constant": ("(-1, -2)", "(-2, -1)"),
    "another function": ("np.where", "np.choose"),
    "one name for two": ("attention_weights @ v", "scores @ v"),
}


@pytest.mark.parametrize(("before", "after"), CHANGED.values(), ids=list(CHANGED))
def test_other_code_is_no_copy(before, after):
    assert before in FUNCTION
    assert copied(FUNCTION.replace(before, after), "scaled_dot_product_attention") == ""


def test_what_is_unfinished_or_short_is_no_copy():
    assert copied(MODULE.replace("super().__init__()", "raise NotImplementedError()"), "MultiHeadAttention") == ""
    short = source_of("ResidualConnection", "transformer_ref/in_torch/layer_norm.py")
    assert copied(short, "ResidualConnection") == ""
    assert copied("MultiHeadAttention = other", "MultiHeadAttention") == ""
    assert copied("def softmax(x):\n    return " + "1 + " * 3000 + "x", "softmax") == ""


# ---- how the threshold was chosen


def longest_agreement(unit: str) -> int:
    """The longest definition, in nodes that count, on which an independent solution agrees with another, or with the
    course's own."""
    names = [exercise.name for exercise in syllabus.units()[unit].exercises]
    files = [path for path in INDEPENDENT if path.parent.name == unit]
    independent = [list(digest_definitions(submission.read(path).code, names)) for path in files]
    known = [{(name, digest) for name, digest, _ in found} for found in independent]
    known += [set(digests.items()) for digests in find_originals(ROOT, unit, shortest=0).values()]
    agreed = Counter(one for found in known for one in found)
    return max((size for found in independent for name, digest, size in found if agreed[name, digest] > 1), default=0)


@pytest.mark.parametrize("unit", list(syllabus.units()))
def test_no_independent_solution_is_flagged_and_none_comes_near(unit):
    assert longest_agreement(unit) * 3 / 2 <= SHORTEST


# ---- who is told


OWN = next(path for path in INDEPENDENT if path.stem == "fourth_root_on_both_sides").read_text(encoding="utf-8")
CLASS = {
    "ada": OWN,
    "bob": OWN.replace("scores", "similarities"),
    "cleo": FUNCTION,
    "dan": "def softmax(x):\n    return x",
    "eve": "no Python (",
}
LIKE = {
    "ada": "scaled_dot_product_attention: bob",
    "bob": "scaled_dot_product_attention: ada",
    "cleo": f"scaled_dot_product_attention: {REFERENCE}",
    "dan": "",
    "eve": "",
}


def hand_in(folder: Path) -> list[str]:
    for student, source in CLASS.items():
        (folder / f"{student}.py").write_text(source, encoding="utf-8")
    return [str(path) for path in sorted(folder.glob("*.py"))]


def test_copies_in_a_class_are_told_to_the_instructor_and_cost_nothing(tmp_path):
    files = hand_in(tmp_path)
    options = ["--course", str(tmp_path), "-e", "scaled_dot_product_attention", "--csv", str(tmp_path / "grades.csv")]
    result = CliRunner().invoke(main, ["grade", *files, *options], catch_exceptions=False)
    with open(tmp_path / "grades.csv", newline="", encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {student: row["copied"] for student, row in rows.items()} == LIKE
    assert [rows[student]["points"] for student in ("ada", "bob")] == ["5.0", "5.0"]
    assert "copied" in result.output


def test_a_class_without_copies_has_no_such_column():
    row = {"student": "ada", "unit": "attention", "points": 1, "possible": 1, "bonus": 0, "outcome": "graded"}
    headings = [column.header for column in render_table([row | {"sentence": "", "copied": ""}]).columns]
    assert headings == ["student", "unit", "points", "sentence"]


def test_a_student_who_checks_a_copy_reads_nothing_of_it(tmp_path):
    path = hand_in(tmp_path)[2]
    result = CliRunner().invoke(main, ["check", path, "-e", "scaled_dot_product_attention"], catch_exceptions=False)
    assert "scaled_dot_product_attention" in result.output
    assert REFERENCE not in result.output and "copied" not in result.output


def test_two_files_of_one_student_are_no_copies_and_a_long_list_is_cut():
    digests, found = find_digests(Code({1: OWN}), ["scaled_dot_product_attention"]), Copies(ROOT)
    found.add("ada", "attention", digests)
    found.add("ada", "attention", digests)
    assert found.describe("ada", "attention", digests) == ""
    for student in "bcdef":
        found.add(student, "attention", digests)
    assert found.describe("ada", "attention", digests) == "scaled_dot_product_attention: b, c, d, 2 more"
