"""The audit of another course's tests: what it finds, and what it says where it cannot be run."""

import json
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autograder import syllabus
from autograder.exercise import PUBLIC, Trial
from autograder.judging.likeness import passes
from autograder.protocol.probe import perform
from instructor.answers.live import LiveAnswers, reference_of
from instructor.audit.candidates import find_candidates
from instructor.audit.process import OwnProcess
from instructor.audit.report import Tried, as_data, render
from instructor.audit.trying import Audited, CannotRun, InItsPlace, Said, try_on
from instructor.shells.audit import audit

PROJECT = Path(__file__).resolve().parents[1]
TEACHER_FORCING = syllabus.exercise("teacher_forcing")
CANDIDATES = find_candidates(TEACHER_FORCING)
RIGHT = {candidate.name for candidate in CANDIDATES if candidate.is_right}
GOOD = """
import numpy as np

def test_teacher_forcing(candidate):
    for shape in ((2, 5), (3, 2)):
        tgt = np.random.default_rng(0).integers(1, 90, shape)
        before = tgt.copy()
        read, said = candidate(tgt)
        assert np.array_equal(read, before[:, :-1]) and np.array_equal(said, before[:, 1:])
        assert np.array_equal(tgt, before)
"""
PACKAGE = """
from their_package.targets import shifted
"""
WITH_PYTEST = """
import numpy as np
import pytest
from their_package import shifted

@pytest.fixture
def tgt():
    return np.arange(10).reshape(2, 5)

def test_shapes(tgt):
    read, said = shifted(tgt)
    assert read.shape == said.shape == (2, 4)

def test_what_is_said(tgt):
    assert shifted(tgt)[1].tolist() == [[1, 2, 3, 4], [6, 7, 8, 9]]
"""


@pytest.fixture(autouse=True)
def _modules_as_they_were(monkeypatch):
    """What an audit in this process lets be imported anew is there again afterwards."""
    before = dict(sys.modules)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    sys.modules.update(before)


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """An empty folder in which commands are typed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(audit, ["--exercise", "teacher_forcing", *arguments])


def try_here(path: Path, source: str, **options) -> list[Tried]:
    """Audit in this process."""
    path.write_text(source, encoding="utf-8")
    return [Tried(candidate, try_on(Audited(path, **options), candidate.make())) for candidate in CANDIDATES]


# ---- the candidates


def test_every_exercise_but_those_that_ask_for_a_test_has_candidates():
    for exercise in (e for unit in syllabus.units().values() for e in unit.exercises if not e.tests):
        candidates = find_candidates(exercise)
        assert sum(candidate.is_right for candidate in candidates) >= 2
        assert sum(not candidate.is_right for candidate in candidates) >= 10
        assert len({candidate.name for candidate in candidates}) == len(candidates)
        assert all(candidate.sentence for candidate in candidates)


@pytest.mark.parametrize("name", ["softmax", "layer_norm_backward", "learning_rate", "LayerNorm"])
def test_what_counts_as_right_passes_every_case_of_its_exercise(name):
    exercise, answers = syllabus.exercise(name), LiveAnswers()
    for candidate in (candidate for candidate in find_candidates(exercise) if candidate.is_right):
        implementation = {**reference_of(exercise), name: candidate.make()}
        for case in exercise.cases:
            trial = Trial(name, case.name, PUBLIC)
            shown = perform(syllabus.probe_of(trial), implementation)
            assert passes(exercise, trial, answers.unviewed_reference(trial), shown, 1.0), (candidate.name, case.name)


# ---- functions that take a candidate


def test_a_good_test_accepts_what_is_right_and_refuses_what_is_wrong(tmp_path):
    tried = try_here(tmp_path / "good.py", GOOD)
    assert [one.candidate.name for one in tried if one.is_judged_wrongly] == []
    refused = next(one for one in tried if not one.said.accepted)
    assert re.match(r"line (8|9|10): \w+Error", refused.said.reason)


@pytest.mark.parametrize(
    ("body", "accepts"),
    [
        ("pass", True),
        ("import pytest; pytest.skip()", True),
        ("assert False", False),
        ("raise SystemExit", False),
        ("import pytest; pytest.fail('no')", False),
    ],
)
def test_what_accepts_everything_or_nothing_is_told(tmp_path, body, accepts):
    tried = try_here(tmp_path / "all.py", f"def test_it(candidate):\n    {body}")
    assert {one.said.accepted for one in tried} == {accepts}
    mistaken = [one for one in tried if one.is_judged_wrongly]
    assert {one.candidate.is_right for one in mistaken} == {not accepts}
    text = " ".join(render(TEACHER_FORCING, tried).split())
    assert all(" ".join(one.candidate.sentence.split()) in text for one in mistaken)
    assert ("The tests refuse everything" in text) is not accepts
    found = as_data(TEACHER_FORCING, "all.py", tried)
    assert found["right"] == {"accepted": accepts * len(RIGHT), "of": len(RIGHT)}
    assert found["wrong"]["refused"] == (not accepts) * found["wrong"]["of"]


def test_all_functions_have_to_accept_a_candidate_or_those_that_are_named(tmp_path):
    source = "def test_a(candidate): pass\ndef test_b(candidate, more=1): assert 0\ndef test_c(x, y): pass\nhelper = 1"
    assert not any(one.said.accepted for one in try_here(tmp_path / "two.py", source))
    assert all(one.said.accepted for one in try_here(tmp_path / "two.py", source, functions=("test_a",)))


def test_files_are_imported_anew_for_each_candidate_and_random_numbers_are_the_same(tmp_path):
    (tmp_path / "beside_it.py").write_text("calls = []", encoding="utf-8")
    source = """
import random, beside_it, numpy as np
def test_it(candidate):
    beside_it.calls.append(1)
    assert len(beside_it.calls) == 1, "not the first"
    raise ValueError(f"{random.random()} {np.random.rand()}")
"""
    (reason,) = {one.said.reason for one in try_here(tmp_path / "fresh.py", source)}
    assert "ValueError" in reason


def test_an_adapter_says_how_the_tests_call(tmp_path):
    adapter = tmp_path / "adapter.py"
    adapter.write_text("def adapt(candidate):\n    return lambda tgt: dict(zip(('read', 'said'), candidate(tgt)))")
    source = GOOD.replace("read, said = candidate(tgt)", "read, said = candidate(tgt)['read'], candidate(tgt)['said']")
    assert not any(one.is_judged_wrongly for one in try_here(tmp_path / "good.py", source, adapter=adapter))


# ---- pytest


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """Another course: a package in `src`, a test that imports it, and settings that are strict."""
    folder = tmp_path_factory.mktemp("course")
    package = folder / "src" / "their_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(PACKAGE, encoding="utf-8")
    (package / "targets.py").write_text("def shifted(tgt): ...\nother = shifted", encoding="utf-8")
    (folder / "test_targets.py").write_text(WITH_PYTEST, encoding="utf-8")
    settings = "[pytest]\npythonpath = src\naddopts = -ra\nfilterwarnings = error\n"
    (folder / "pytest.ini").write_text(settings, encoding="utf-8")
    return folder


def leave_out_all_but(*names: str) -> list[str]:
    return [f"--ignore={candidate.name}" for candidate in CANDIDATES if candidate.name not in names]


def test_pytest_runs_with_each_candidate_in_the_place_of_what_the_tests_import(course, monkeypatch):
    monkeypatch.chdir(course)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    expected = {
        "reference": (True, ""),
        "small-steps": (True, ""),
        "forcing-reads-without-bos": (True, ""),
        "forcing-swapped": (False, "test_targets.py::test_what_is_said: assert [["),
        "forcing-the-same-twice": (False, "test_targets.py::test_shapes: assert (2, 5) == "),
    }
    options = ("--module", "their_package.targets", "--name", "shifted", "--json", "found.json")
    result = run("test_targets.py", *options, *leave_out_all_but(*expected))
    assert result.exit_code == 1, result.output
    found = json.loads((course / "found.json").read_text(encoding="utf-8"))
    assert (found["right"], found["wrong"]) == ({"accepted": 2, "of": 2}, {"refused": 2, "of": 3})
    said = {one["name"]: (one["accepted"], one["reason"]) for one in found["candidates"]}
    assert said.keys() == expected.keys()
    for name, (accepted, reason) in expected.items():
        assert said[name][0] is accepted and said[name][1].startswith(reason)
        assert (name in result.output) is (name == "forcing-reads-without-bos")
    assert not list(course.rglob("__pycache__"))


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def test_it(): assert 1", "the tests in test_other.py never use their_package.targets.shifted"),
        ("def check(): assert 1", "pytest finds no test in test_other.py"),
    ],
)
def test_pytest_that_tries_nothing_is_no_audit(course, monkeypatch, source, sentence):
    monkeypatch.chdir(course)
    (course / "test_other.py").write_text(source, encoding="utf-8")
    options = ("--module", "their_package.targets", "--name", "shifted", *leave_out_all_but("reference"))
    result = run("test_other.py", *options)
    assert (result.exit_code, result.output) == (2, f"autograder: {sentence}\n")


def test_an_adapter_that_fails_on_a_candidate_refuses_it(tmp_path):
    adapter = tmp_path / "adapter.py"
    adapter.write_text("def adapt(candidate):\n    raise ValueError('not with this one')", encoding="utf-8")
    tests = Audited(tmp_path / "test_it.py", module="textwrap", name="dedent", adapter=adapter)
    plugin = InItsPlace(tests, CANDIDATES[0].make())
    with pytest.raises(pytest.exit.Exception):
        plugin.pytest_collection()
    assert (plugin.fault, plugin.reason) == ("", "ValueError: not with this one")


# ---- a process of its own


def test_a_test_that_hangs_or_dies_refuses_its_candidate_and_the_next_is_tried(tmp_path):
    file = tmp_path / "bad.py"
    file.write_text(
        "import os, time\nimport numpy as np\n\ndef test_it(candidate):\n"
        "    read, said = candidate(np.array([[1, 2, 3]]))\n"
        "    if read.shape != (1, 2): os._exit(1)\n"
        "    if read[0, 0] != 1: time.sleep(600)\n",
        encoding="utf-8",
    )
    with OwnProcess(Audited(file), "teacher_forcing", seconds=60) as process:
        assert process.try_on("forcing-the-same-twice") == Said(False, "the tests' process has died")
        process.seconds = 1
        assert process.try_on("forcing-swapped") == Said(False, "no verdict within 1 seconds")
        process.seconds = 60
        assert process.try_on("reference") == Said(True)


# ---- what cannot be run

FILES = {
    "good.py": GOOD,
    "none.py": "def check(candidate): pass",
    "broken.py": "import nothing_of_this_name",
    "notes.txt": "no Python",
}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.py"], "nowhere.py: there is no such file"),
        (["notes.txt"], "notes.txt is not a Python file"),
        (["."], ". is not a Python file"),
        (["good.py", "-e", "sofmax"], "there is no exercise 'sofmax'; did you mean 'softmax'?"),
        (["good.py", "-e", "test_layer_norm"], "test_layer_norm asks for a test itself: audit tests of layer_norm"),
        (["good.py", "--name", "f"], "--name goes with --module"),
        (["good.py", "--module", "m", "-t", "f"], "--test and --module exclude each other"),
        (["good.py", "--ignore", "nothing"], "teacher_forcing has no candidate nothing"),
        (["good.py", "--json", "nowhere/found.json"], "nowhere/found.json cannot be written"),
        (["good.py", "--json", "good.py"], "good.py is one of the files that are audited"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_sentence(here, arguments, sentence):
    for name, text in FILES.items():
        (here / name).write_text(text, encoding="utf-8")
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.output.startswith(f"autograder: {sentence}") and result.output.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"path": "none.py"}, "none.py has no function test_"),
        ({"path": "good.py", "functions": ("test_it",)}, "good.py has no function test_it that takes one argument"),
        ({"path": "broken.py"}, "broken.py cannot be imported: ModuleNotFoundError: No module named 'nothing"),
        ({"path": "good.py", "adapter": Path("none.py")}, "none.py has no function adapt"),
    ],
)
def test_tests_that_cannot_say_anything_are_no_audit(here, options, sentence):
    for name, text in FILES.items():
        (here / name).write_text(text, encoding="utf-8")
    with pytest.raises(CannotRun, match=f"^{re.escape(sentence)}"):
        try_on(Audited(Path(options.pop("path")), **options), CANDIDATES[0].make())


@pytest.mark.parametrize(
    ("module", "name", "sentence"),
    [
        ("no_module", "f", "the module no_module cannot be imported: ModuleNotFoundError"),
        ("json", "f", "the module json has no f: say with --name"),
        ("json", "__name__", "json.__name__ is neither a function nor a class"),
    ],
)
def test_a_module_that_has_nothing_to_replace_is_no_audit(module, name, sentence):
    with pytest.raises(CannotRun, match=f"^{re.escape(sentence)}"):
        InItsPlace(Audited(Path("good.py"), module=module, name=name), CANDIDATES[0].make()).replace()


# ---- the page


def test_what_the_page_shows_is_what_comes_out(here):
    page = (PROJECT / "docs" / "audit.md").read_text(encoding="utf-8")
    sources = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[:2]
    for source, shown, code in zip(sources, re.findall(r"```text\n(.*?)```", page, re.DOTALL), (1, 0), strict=True):
        (here / "test_softmax.py").write_text(source, encoding="utf-8")
        result = CliRunner().invoke(audit, ["test_softmax.py", "--exercise", "softmax"])
        assert (result.output, result.exit_code) == (shown, code)
