"""The bundle that students get: everything to work with, and no answer."""

import json
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from autograder import syllabus
from autograder.__main__ import main
from autograder.intake.submission import read, read_practice
from autograder.recorded import FOLDER
from autograder.recorded.pack import Packer
from instructor.bank import UNITS
from instructor.bundle.build import MOST_BYTES, write_bundle
from instructor.bundle.leaks import find_bodies, find_leaks, hidden_sentences, telling_lines
from instructor.bundle.notebooks import FIRST_CELL
from instructor.bundle.records import find_outdated
from instructor.bundle.requirements import WITHOUT_TORCH, list_requirements
from instructor.bundle.target import BadBundle

PROJECT = Path(__file__).resolve().parent.parent
SOFTMAX = """import numpy as np

def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> tuple[Path, Path]:
    """Everything, which is only written where no answer is found in it."""
    return write_bundle(PROJECT, tmp_path_factory.mktemp("bundles") / "course", name="Deep Learning 7")


def test_it_has_what_a_student_needs(bundle):
    folder, archive = bundle
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"README.md", "requirements.txt", "AGENTS.md", "CLAUDE.md", "LICENSE", ".gitignore"} <= names
    assert {f"work/02_attention/{name}" for name in ("attention.ipynb",)} <= names
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# Deep Learning 7\n")
    with zipfile.ZipFile(archive) as packed:
        assert {name.removeprefix("course/") for name in packed.namelist()} == names
    assert archive.stat().st_size <= MOST_BYTES


@pytest.mark.parametrize(
    "what",
    [
        "a body",
        "a body in a notebook",
        "a line",
        "a line in a wheel",
        "a scheme",
        "a scheme in a record",
        "a hidden case",
        "a point",
        "compiled",
    ],
)
def test_an_answer_in_it_is_found(tmp_path, what):
    folder = tmp_path / "course"
    (folder / "work").mkdir(parents=True)
    sentences = {kind: sentence for sentence, kind in hidden_sentences()}
    reference = (PROJECT / "transformer_ref" / "in_numpy" / "attention.py").read_text(encoding="utf-8")
    if what == "a body":
        (folder / "helpers.py").write_text(reference, encoding="utf-8")
    elif what == "a body in a notebook":
        body = reference[reference.index("def scaled_dot_product_attention(") :].split("\n\n\n")[0]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"%%time\n{body}")])
        nbformat.write(notebook, folder / "notes.ipynb")
    elif what == "a scheme in a record":
        sentence = next(sentence for kind, sentence in sentences.items() if "scheme" in kind)
        (folder / "attention.record").write_bytes(Packer().pack({"one": {"why": [1, {"a": f"so: {sentence}"}]}}))
    elif what in ("a scheme", "a hidden case"):
        kind = next(kind for kind in sentences if what.removeprefix("a ").split()[0] in kind)
        (folder / "notes.json").write_text(json.dumps({"x": [f"so: {sentences[kind]}"]}), encoding="utf-8")
    elif what == "a line in a wheel":
        line = max(telling_lines(PROJECT / "solutions" / "02_attention.py"), key=len)
        with zipfile.ZipFile(folder / "package.whl", "w") as wheel:
            wheel.writestr("autograder/hints.json", json.dumps([f"a\n{line}"]))
    elif what == "a line":
        line = max(telling_lines(PROJECT / "solutions" / "02_attention.py"), key=len)
        (folder / "notes.md").write_text(f"before\n    {line}\nafter\n", encoding="utf-8")
    elif what == "compiled":
        (folder / "helpers.pyc").write_bytes(b"")
    else:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SOFTMAX)])
        notebook.metadata["autograder"] = {"unit": "attention"}
        nbformat.write(notebook, folder / "work" / "attention.ipynb")
    assert find_leaks(PROJECT, folder)


def test_bodies_are_compared_without_docstrings_comments_and_layout():
    one = 'def f(x):\n    """Says something."""\n    y = x+1  # one more\n    z = (y *\n         2)\n    return z\n'
    other = "class A:\n    def g(self, x):\n        y = x + 1\n        z = y * 2\n        return z\n"
    assert find_bodies(one) == find_bodies(other) == (("y = x + 1", "z = y * 2", "return z"),)


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("three years", encoding="utf-8")
    with pytest.raises(BadBundle, match="choose another folder"):
        write_bundle(PROJECT, tmp_path)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "three years"


@pytest.fixture
def template(bundle, tmp_path) -> Path:
    """A bundle in a repository of an instructor's."""
    shutil.copytree(bundle[0], tmp_path / "course")
    (tmp_path / "course" / ".git").mkdir()
    (tmp_path / "course" / ".git" / "HEAD").write_text("ref: refs/heads/main", encoding="utf-8")
    (tmp_path / "course" / "syllabus.md").write_text("week 1", encoding="utf-8")
    return tmp_path / "course"


def test_a_later_bundle_replaces_the_older_one_and_nothing_else_and_the_same_course_gives_the_same_bytes(
    template, monkeypatch
):
    for looked_for in ("find_leaks", "_refuse_outdated"):  # as `bundle` has done, in the same files
        monkeypatch.setattr(f"instructor.bundle.build.{looked_for}", lambda *_: [])
    old = next(template.glob("*.whl"))
    old.rename(old.with_name(old.name.replace("+", "+0")))
    notebook = template / "work" / "02_attention" / "attention.ipynb"
    run_only = json.loads(notebook.read_text(encoding="utf-8"))
    run_only["cells"][0]["execution_count"] = 7  # somebody has run it, and written nothing
    notebook.write_text(json.dumps(run_only), encoding="utf-8")
    write_bundle(PROJECT, template, ["feed_forward"])
    assert [path.name for path in template.glob("*.whl")] != [old.name.replace("+", "+0")]
    assert len(list(template.glob("*.whl"))) == 1
    assert sorted(path.name for path in template.glob("work/*/*")) == ["feed_forward.ipynb", "start.ipynb"]
    assert (template / ".git" / "HEAD").exists() and (template / "syllabus.md").read_text() == "week 1"
    once = template.with_name("course.zip")
    names = zipfile.ZipFile(once).namelist()
    assert not [name for name in names if ".git/" in name or "syllabus" in name]
    notebooks = [name.removeprefix("course/work/") for name in names if name.endswith(".ipynb")]
    assert notebooks == ["00_start/start.ipynb", "03_feed_forward/feed_forward.ipynb"]
    _, again = write_bundle(PROJECT, template.parent / "elsewhere" / "course", ["feed_forward"])
    assert once.read_bytes() == again.read_bytes()


def test_work_in_an_older_bundle_is_not_written_over(template):
    notebook = template / "work" / "02_attention" / "attention.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("raise NotImplementedError()", "return x", 1))
    before = {path: path.read_bytes() for path in template.rglob("*") if path.is_file()}
    with pytest.raises(BadBundle, match=r"somebody has worked in .*attention\.ipynb: move it elsewhere"):
        write_bundle(PROJECT, template)
    assert {path: path.read_bytes() for path in template.rglob("*") if path.is_file()} == before


def test_a_bundle_with_an_answer_in_it_leaves_everything_as_it_was(template, monkeypatch):
    monkeypatch.setattr("instructor.bundle.build.find_leaks", lambda *_: ["notes.md has a line of the solution"])
    before = {path: path.read_bytes() for path in template.parent.rglob("*") if path.is_file()}
    with pytest.raises(BadBundle, match=r"nothing is written, .* notes\.md has a line of the solution"):
        write_bundle(PROJECT, template, ["feed_forward"])
    assert {path: path.read_bytes() for path in template.parent.rglob("*") if path.is_file()} == before


def test_a_zip_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "course.zip").write_bytes(b"my thesis")
    with pytest.raises(BadBundle, match=r"course\.zip is there and is no bundle"):
        write_bundle(PROJECT, tmp_path / "course")
    assert (tmp_path / "course.zip").read_bytes() == b"my thesis"


def test_records_that_are_out_of_date_are_refused(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "recorded")
    assert list(find_outdated(PROJECT, UNITS, tmp_path / "recorded")) == []
    (tmp_path / "recorded" / "encoder.record").unlink()
    (tmp_path / "recorded" / "hints.json").write_text("{}", encoding="utf-8")
    prints = json.loads((tmp_path / "recorded" / "fingerprints.json").read_text(encoding="utf-8"))
    (tmp_path / "recorded" / "fingerprints.json").write_text(json.dumps(prints | {"attention": "0"}), encoding="utf-8")
    of_units, of_hints = find_outdated(PROJECT, UNITS, tmp_path / "recorded")
    assert of_units.endswith("run `python -m instructor.authoring.record attention encoder` first")
    assert of_hints.startswith("hints.json is not what the bank and the lessons say")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--units", "attention,atention"], "there is no unit 'atention'; there are positional_encoding, attention"),
        (["--source", "nowhere"], "'nowhere' does not exist"),
        (["--source", "empty"], "there is no lesson, solutions/NN_unit.py, in"),
        (["full"], "holds something that is no bundle"),
        (["full/thesis.txt"], "is a file"),
    ],
)
def test_the_command_says_why_it_writes_nothing(tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("three years", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    source = [] if "--source" in arguments else ["--source", str(PROJECT)]
    result = CliRunner().invoke(main, ["bundle", *source, *arguments])
    assert (result.exit_code, words in result.output) == (2, True), result.output
    assert sorted(tmp_path.rglob("*")) == before


def test_an_unknown_unit_is_refused(tmp_path):
    with pytest.raises(BadBundle, match="there is no unit 'atention'; there are positional_encoding, attention"):
        write_bundle(PROJECT, tmp_path / "course", ["atention"])


def test_notebooks_install_the_course_and_keep_generated_code_away(bundle):
    for path in bundle[0].glob("work/*/*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        assert notebook.cells[0].source == FIRST_CELL
        assert notebook.metadata.colab.generative_ai_disabled is True
        submission = read_practice(path) if path.stem == syllabus.PRACTICE.name else read(path)
        assert submission.unit == path.stem


def test_requirements_are_pinned_and_hold_no_grader():
    lines = list_requirements(PROJECT, "the.whl").splitlines()
    assert lines[1] == "./the.whl"
    names = {line.partition("==")[0] for line in lines[2:]}
    assert {"numpy", "torch", "jupyterlab", "ipykernel", "pytest"} <= names
    assert names.isdisjoint({"nbgrader", "jupytext", "mypy", "sqlalchemy", "pydantic", "dask", "distributed"})
    without = list_requirements(PROJECT, "the.whl", WITHOUT_TORCH).splitlines()
    assert {line.partition("==")[0] for line in set(lines) - set(without)} >= {"torch", "sympy"}
    assert "pywinpty" not in {line.partition("==")[0] for line in lines if "sys_platform" not in line}
    assert next(line for line in lines if line.startswith("pywinpty")).endswith('; (sys_platform == "win32")')
    assert {"fqdn", "tinycss2", "webcolors"} <= names  # jupyter-events and nbconvert ask for these through extras
