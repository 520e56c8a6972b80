"""The result files of Gradescope, PrairieLearn and Classroom 50, and the zip that Gradescope runs."""

import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from autograder import syllabus
from autograder.__main__ import main
from autograder.judging.judge import refuse
from autograder.shells import report
from autograder.verdict import Finding, Grade, Outcome, Verdict
from instructor.shells.course.gradescope import write_zip
from instructor.shells.course.result_files import FORMATS, for_classroom50, for_gradescope, for_prairielearn

pytestmark = pytest.mark.usefixtures("one_worker")

PROJECT = Path(__file__).resolve().parent.parent
UNIT = syllabus.units()["attention"]
POSSIBLE = sum(e.points for e in UNIT.exercises if not e.bonus)
ENVIRONMENT = {
    "CLASSROOM": "cs-test",
    "ASSIGNMENT": "attention",
    "USERNAME": "ada",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d",
    "COMMIT_URL": "https://github.com/cs-test/cs-test-attention-ada/commit/abc123",
    "RELEASE_URL": "https://github.com/cs-test/cs-test-attention-ada/releases/tag/submit%2Fx",
}


def grade(name: str, outcome: Outcome = Outcome.PASSED, cost: float = 0.0) -> Grade:
    exercise = syllabus.exercise(name)
    verdict = Verdict(name, "case", "promise", outcome, exercise.points, "1 is 2", "", "", "", False)
    findings = (Finding("m", "The wrong way round.", ("case",), cost),) if cost else ()
    return Grade(name, "attention", exercise.points, exercise.bonus, (verdict,), "seed", findings)


def grades(**outcomes: Any) -> list[Grade]:
    return [grade(e.name, *outcomes.get(e.name, ())) for e in UNIT.exercises]


ALL_RIGHT = grades()
NO_BONUS = grades(**{e.name: (Outcome.NOT_ATTEMPTED,) for e in UNIT.exercises if e.bonus})
SOME_WRONG = grades(softmax=(Outcome.WRONG, 0.33), causal_mask=(Outcome.NOT_ATTEMPTED,))
REFUSED = refuse(UNIT.exercises, "attention", "attention.ipynb is a link")
CASES = {"all right": ALL_RIGHT, "no bonus": NO_BONUS, "some wrong": SOME_WRONG, "refused": REFUSED}


def total(given: list[Grade]) -> float:
    return sum(g.score for g in given)


@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_a_grade_survives_json(given):
    for one in given:
        again = Grade.from_dict(json.loads(json.dumps(one.as_dict())))
        assert again == one and again.score == one.score
        said = one.as_dict()
        del said["seed"]
        assert Grade.from_dict(said).seed is None


def gradescope_is_pleased(results: dict[str, Any]) -> None:
    """What the specification says of `results.json`."""
    assert set(results) <= {
        *("score", "execution_time", "output", "output_format", "test_output_format", "test_name_format"),
        *("visibility", "stdout_visibility", "extra_data", "tests", "leaderboard"),
    }
    assert results["visibility"] in ("hidden", "after_due_date", "after_published", "visible")
    assert "score" in results or all("score" in test for test in results["tests"])
    for test in results["tests"]:
        assert set(test) <= {
            *("score", "max_score", "status", "name", "name_format", "number", "output", "output_format"),
            *("tags", "visibility", "extra_data"),
        }
        assert test["status"] in ("passed", "failed")
        assert test["output_format"] in ("text", "html", "simple_format", "md", "ansi")
        assert test["visibility"] == "visible"  # any hidden test would hide the student's total


def prairielearn_is_pleased(results: dict[str, Any]) -> None:
    assert 0 <= results["score"] <= 1
    assert isinstance(results["gradable"], bool)
    assert len(json.dumps(results)) < 1 << 20
    assert len({"points" in test for test in results.get("tests", [])}) <= 1
    assert all({"name", "points", "max_points"} <= set(test) for test in results.get("tests", []))


def classroom50_is_pleased(results: dict[str, Any]) -> None:
    """What its runner and its collector check before they take a result."""
    assert results["schema"] == "classroom50/result/v1"
    assert results["submission"].startswith("submit/")
    assert (results["owner"], results["assignment_type"]) == ("ada", "individual")
    assert all(
        results[field] and isinstance(results[field], str) for field in ("commit", "release", "review", "datetime")
    )
    for scored in (results, *results["tests"]):
        assert type(scored["score"]) is int and type(scored["max-score"]) is int
        assert 0 <= scored["score"] <= scored["max-score"]
    assert all(type(test["passed"]) is bool and test["test-name"] for test in results["tests"])


@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_every_system_takes_every_result(given):
    gradescope_is_pleased(for_gradescope(given, 1.5))
    prairielearn_is_pleased(for_prairielearn(given, 1.5))
    classroom50_is_pleased(for_classroom50(given, 1.5, ENVIRONMENT))


def test_gradescope_adds_the_bonus_to_the_same_points_possible():
    for given in CASES.values():
        tests = for_gradescope(given, 1)["tests"]
        assert sum(test["max_score"] for test in tests) == POSSIBLE
        assert sum(test["score"] for test in tests) == pytest.approx(total(given))
    names = {test["name"]: test["status"] for test in for_gradescope(NO_BONUS, 1)["tests"]}
    assert names["softmax_backward (bonus)"] == "passed"  # left out is not failed
    assert "The wrong way round." in for_gradescope(SOME_WRONG, 1)["tests"][0]["output"]
    assert "the written answers (3 points) are marked by a person" in for_gradescope(ALL_RIGHT, 1)["output"]


def test_prairielearn_gets_a_share_and_a_refused_file_is_not_gradable():
    assert for_prairielearn(ALL_RIGHT, 1)["score"] == for_prairielearn(NO_BONUS, 1)["score"] == 1
    both = grades(softmax=(Outcome.WRONG, 1.0), **{e.name: (Outcome.NOT_ATTEMPTED,) for e in UNIT.exercises if e.bonus})
    assert for_prairielearn(both, 1)["score"] == pytest.approx((POSSIBLE - 1) / POSSIBLE, abs=1e-4)
    refused = for_prairielearn(REFUSED, 1)
    assert (refused["gradable"], refused["format_errors"]) == (False, ["attention.ipynb is a link"])


def test_classroom50_counts_in_hundredths_and_a_bonus_fills_up_what_is_missing():
    result = for_classroom50(SOME_WRONG, 1, ENVIRONMENT)
    assert (result["max-score"], result["score"]) == (POSSIBLE * 100, POSSIBLE * 100)  # 1.33 lost, 5 of bonus
    lost = grades(
        softmax=(Outcome.WRONG, 0.33), **{e.name: (Outcome.NOT_ATTEMPTED,) for e in UNIT.exercises if e.bonus}
    )
    assert for_classroom50(lost, 1, ENVIRONMENT)["score"] == POSSIBLE * 100 - 33
    assert for_classroom50(lost, 1, ENVIRONMENT | {"REVIEW_URL": "https://r"})["review"] == "https://r"


def test_a_long_report_is_cut(monkeypatch):
    monkeypatch.setattr(report, "render_plain", lambda grade: "x" * 90_000)
    lost = [Grade("softmax", "attention", 2, False, (), None)]
    assert len(for_gradescope(lost, 1)["tests"][0]["output"]) < 21_000


RELEASE = PROJECT / "assignments" / "02_attention" / "attention.ipynb"
DIVIDES_BY_D_K = """
import numpy as np

def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)

def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ np.swapaxes(k, -1, -2) / q.shape[-1]
    weights = softmax(scores if mask is None else np.where(mask, scores, -1e30))
    return weights @ v, weights
"""


@pytest.mark.parametrize("system", FORMATS)
def test_the_command_writes_the_file_of_one_submission(system, tmp_path):
    (tmp_path / "attention.py").write_text(DIVIDES_BY_D_K)
    target = tmp_path / "results" / "result.json"
    arguments = ["grade", tmp_path / "attention.py", "--course", tmp_path, "--format", system, "--output", target]
    result = CliRunner().invoke(main, list(map(str, arguments)), env=ENVIRONMENT)
    assert result.exit_code == 0, result.output
    written = json.loads(target.read_text(encoding="utf-8"))
    {
        "gradescope": gradescope_is_pleased,
        "prairielearn": prairielearn_is_pleased,
        "classroom50": classroom50_is_pleased,
    }[system](written)
    by_name = {
        test.get("name") or test["test-name"]: test.get("score", test.get("points")) for test in written["tests"]
    }
    scale = 100 if system == "classroom50" else 1
    assert (by_name["softmax"], by_name["scaled_dot_product_attention"]) == (2 * scale, 2.5 * scale)


def test_a_format_is_for_one_submission(tmp_path):
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("x = 1")
    arguments = ["grade", str(tmp_path), "--course", str(tmp_path), "--format", "gradescope", "--output", "x.json"]
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, "for one submission, and here are 2" in result.output) == (2, True)


@pytest.fixture(scope="module")
def autograder_zip(tmp_path_factory) -> Path:
    course = tmp_path_factory.mktemp("course")
    shutil.copytree(PROJECT / "assignments" / "02_attention", course / "assignments" / "02_attention")
    target = course / "attention.zip"
    result = CliRunner().invoke(main, ["gradescope", "attention", "--course", str(course), "-o", str(target)])
    assert result.exit_code == 0, result.output
    return target


def unpacked(archive: Path, root: Path) -> Path:
    """What Gradescope has in /autograder before it runs anything."""
    with zipfile.ZipFile(archive) as file:
        file.extractall(root / "source")
    shutil.copy(root / "source" / "run_autograder", root / "run_autograder")
    (root / "run_autograder").chmod(0o755)
    (root / "submission").mkdir()
    (root / "results").mkdir()
    (root / "submission_metadata.json").write_text('{"id": 1, "users": []}')
    return root


@pytest.mark.parametrize("hand_in", ["renamed", "python", "nothing"])
def test_the_zip_grades_as_gradescope_runs_it(autograder_zip, hand_in, tmp_path):
    root = unpacked(autograder_zip, tmp_path)
    if hand_in == "renamed":
        shutil.copy(RELEASE, root / "submission" / "attention (1).ipynb")
    elif hand_in == "python":
        (root / "submission" / "attention.py").write_text(DIVIDES_BY_D_K)
    kept = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    done = subprocess.run(
        [root / "run_autograder"],
        env=kept | {"AUTOGRADER_ROOT": str(root), "PYTHON": sys.executable, "PYTHONPATH": str(root / "source")},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((root / "results" / "results.json").read_text(encoding="utf-8"))
    gradescope_is_pleased(results)
    by_name = {test["name"]: test["score"] for test in results["tests"]}
    expected = {"renamed": (0, 0), "python": (2, 2.5), "nothing": (0, 0)}[hand_in]
    assert (by_name["softmax"], by_name["scaled_dot_product_attention"]) == expected
    assert ("there is no attention.ipynb" in results["tests"][0]["output"]) == (hand_in == "nothing")


def test_the_zip_has_what_gradescope_asks_for_and_no_solution(autograder_zip):
    with zipfile.ZipFile(autograder_zip) as file:
        names = {info.filename: info.external_attr >> 16 for info in file.infolist()}
        pyproject = file.read("pyproject.toml").decode()
        setup = file.read("setup.sh").decode()
        secret = file.read(".course_secret").decode()
    assert names["setup.sh"] & stat.S_IXUSR and names["run_autograder"] & stat.S_IXUSR
    assert "assignments/02_attention/attention.ipynb" in names
    assert not [name for name in names if name.startswith(("solutions/", "tests/")) or "__pycache__" in name]
    assert secret == (autograder_zip.parent / ".course_secret").read_text()
    assert "version = " in pyproject and 'dynamic = ["version"]' not in pyproject  # there is no git in the zip
    assert subprocess.run(["bash", "-n"], input=setup, text=True, check=False).returncode == 0


def test_a_unit_that_is_not_there_is_named(tmp_path):
    result = CliRunner().invoke(main, ["gradescope", "atention", "--course", str(tmp_path)])
    assert (result.exit_code, "there is no unit 'atention'" in result.output) == (2, True)
    result = CliRunner().invoke(main, ["gradescope", "02_attention", "--course", str(tmp_path)])
    assert (result.exit_code, "first run autograder build" in result.output) == (2, True)


@pytest.mark.parametrize(
    ("index", "said"), [("", "--quiet -c"), ("https://x.test/a b", "--extra-index-url 'https://x.test/a b' -c")]
)
def test_the_zip_names_a_package_index_only_if_it_is_told_one(tmp_path, index, said):
    write_zip(tmp_path / "unit.zip", "02_attention", tmp_path, index)
    with zipfile.ZipFile(tmp_path / "unit.zip") as file:
        setup = file.read("setup.sh").decode()
    assert said in setup
    assert 'cd "${AUTOGRADER_ROOT:-/autograder}/source"' in setup
