"""The bundle that students get: everything to work with, and no answer."""

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from autograder import syllabus
from autograder.__main__ import main
from autograder.intake.submission import read, read_practice
from autograder.recorded import FOLDER
from instructor.bank import UNITS
from instructor.bundle import MOST_BYTES, BadBundle, write_bundle
from instructor.bundle.leaks import find_bodies, find_leaks, hidden_sentences, telling_lines
from instructor.bundle.notebooks import FIRST_CELL
from instructor.bundle.records import find_outdated
from instructor.bundle.requirements import WITHOUT_TORCH, list_requirements

PROJECT = Path(__file__).resolve().parent.parent
SOFTMAX = """import numpy as np

def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> tuple[Path, Path]:
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


def test_the_same_course_gives_the_same_bytes(bundle, tmp_path):
    once, again = (write_bundle(PROJECT, tmp_path / place / "course", ["feed_forward"])[1] for place in "ab")
    assert once.read_bytes() == again.read_bytes()
    names = zipfile.ZipFile(again).namelist()
    notebooks = [name.removeprefix("course/work/") for name in names if name.endswith(".ipynb")]
    assert notebooks == ["00_start/start.ipynb", "03_feed_forward/feed_forward.ipynb"]


def test_no_answer_is_in_it(bundle):
    assert find_leaks(PROJECT, bundle[0]) == []


@pytest.mark.parametrize(
    "what",
    [
        "a body",
        "a body in a notebook",
        "a line",
        "a line in a wheel",
        "a scheme",
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


def test_a_later_bundle_replaces_the_older_one_and_nothing_else(template):
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
    names = zipfile.ZipFile(template.with_name("course.zip")).namelist()
    assert not [name for name in names if ".git/" in name or "syllabus" in name]


def test_work_in_an_older_bundle_is_not_written_over(template):
    notebook = template / "work" / "02_attention" / "attention.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("raise NotImplementedError()", "return x", 1))
    before = {path: path.read_bytes() for path in template.rglob("*") if path.is_file()}
    with pytest.raises(BadBundle, match=r"somebody has worked in .*attention\.ipynb: move it elsewhere"):
        write_bundle(PROJECT, template)
    assert {path: path.read_bytes() for path in template.rglob("*") if path.is_file()} == before


def test_a_bundle_with_an_answer_in_it_leaves_everything_as_it_was(template, monkeypatch):
    monkeypatch.setattr("instructor.bundle.find_leaks", lambda *_: ["notes.md has a line of the solution"])
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


# ---- the package, installed where nothing else of ours is


@pytest.fixture(scope="module")
def python(bundle, tmp_path_factory) -> str:
    """A Python that has the wheel and this environment's libraries, but not this project."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    packages = next(folder.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(next(bundle[0].glob("*.whl"))) as wheel:
        wheel.extractall(packages)
    ours = {"autograder", "instructor", "transformer_ref"}
    for entry in Path(sys.prefix).glob("lib/python*/site-packages/*"):
        if "transformers_from_scratch" not in entry.name and entry.name not in ours | {"__pycache__"}:
            target = packages / entry.name
            if not target.exists() and entry.suffix != ".pth":
                copy(entry, target)
    return str(folder / "bin" / "python")


def copy(entry: Path, target: Path) -> None:
    """A file or a folder, as links where that can be done; the sandbox sees nothing behind symbolic ones."""
    if entry.is_dir():
        shutil.copytree(entry, target, copy_function=link)
    else:
        link(entry, target)


def link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)


def clean() -> dict[str, str]:
    """This environment, without what would lead a Python back to this project."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(python: str, script: str, cwd: Path) -> str:
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, cwd=cwd, env=clean())
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_the_package_knows_no_answer(python, tmp_path):
    script = """
import importlib.util
print([name for name in ("instructor", "transformer_ref", "solutions") if importlib.util.find_spec(name)])
from autograder import syllabus
print(type(syllabus.source()).__name__, len(syllabus.exercise_names()))
"""
    names = len(syllabus.exercise_names())
    assert run(python, script, tmp_path) == f"[]\nRecordedCourse {names}\n"


def test_a_check_passes_right_code_and_names_a_mistake(python, tmp_path):
    wrong = SOFTMAX.replace("e.sum(axis, keepdims=True)", "e.sum()")
    script = "from autograder import check\n{}\nprint(check('softmax'))"
    right = run(python, script.format(SOFTMAX), tmp_path)
    assert right.startswith("✓ softmax: passed, 2 of 2 points")
    assert right.endswith("2.0\n")
    named = run(python, script.format(wrong), tmp_path)
    sentence = next(m.sentence for m in syllabus.unit_of("softmax").misconceptions if m.name == "softmax-over-all")
    assert sentence in named


def test_a_numpy_check_imports_nothing_heavy(python, tmp_path):
    script = f"""
import sys
from autograder import check
{SOFTMAX}
check('softmax')
print([name for name in ("torch", "nbgrader", "jupytext", "pydantic", "dask", "matplotlib") if name in sys.modules])
"""
    assert run(python, script, tmp_path).splitlines()[-1] == "[]"


def test_a_guess_is_answered_and_unit_0_is_checked(python, tmp_path):
    script = """
from autograder import check
from autograder.properties import predicted, when_written
def dot_products(query, keys): return keys * query
check("dot_products")
def dot_products(query, keys): return keys @ query
check("dot_products")
for guess_leak in (None, "a"):
    with when_written(), predicted("leak", guess_leak): print("drawn")
"""
    printed = run(python, script, tmp_path)
    assert "you don't add the products up" in printed
    assert "✓ dot_products: passed (for practice, without points)" in printed
    assert printed.count("Guess first:") == printed.count("drawn") == 1
    assert "You guessed a, but the answer is b." in printed


def test_the_command_line_checks_a_notebook(python, bundle, tmp_path):
    command = [python, "-m", "autograder", "check", "--json", "-e", "softmax"]
    notebook = bundle[0] / "work" / "02_attention" / "attention.ipynb"
    done = subprocess.run([*command, str(notebook)], capture_output=True, text=True, cwd=tmp_path, env=clean())
    assert done.returncode == 1, done.stderr
    assert next(iter(json.loads(done.stdout).values()))["score"] == 0


def test_hints_and_progress_are_there(python, bundle):
    script = "from autograder import hint, progress\nhint('softmax')\nprogress()"
    printed = run(python, script, bundle[0] / "work" / "02_attention")
    assert "Hint 1 of 3" in printed
    assert "0 / 25" in printed or "0 / 2" in printed
    assert "Next: write dot_products in" in printed
