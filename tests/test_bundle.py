"""The bundle that students get: everything to work with, and no answer."""

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder import syllabus
from autograder.intake.submission import read
from instructor.bundle import MOST_BYTES, BadBundle, write_bundle
from instructor.bundle.leaks import find_bodies, find_leaks, telling_lines
from instructor.bundle.notebooks import FIRST_CELL
from instructor.bundle.requirements import list_requirements

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
    again = write_bundle(PROJECT, tmp_path / "course", ["feed_forward"])
    once_more = write_bundle(PROJECT, tmp_path / "course", ["feed_forward"])
    assert again == once_more
    names = zipfile.ZipFile(once_more[1]).namelist()
    assert [name for name in names if name.endswith(".ipynb")] == ["course/work/03_feed_forward/feed_forward.ipynb"]


def test_no_answer_is_in_it(bundle):
    assert find_leaks(PROJECT, bundle[0]) == []


@pytest.mark.parametrize("what", ["a body", "a line", "a point", "compiled"])
def test_an_answer_in_it_is_found(bundle, tmp_path, what):
    folder = tmp_path / "course"
    (folder / "work").mkdir(parents=True)
    reference = (PROJECT / "transformer_ref" / "in_numpy" / "attention.py").read_text(encoding="utf-8")
    if what == "a body":
        (folder / "helpers.py").write_text(reference, encoding="utf-8")
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
    assert list(find_bodies(one)) == list(find_bodies(other)) == [("y = x + 1", "z = y * 2", "return z")]


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("three years", encoding="utf-8")
    with pytest.raises(BadBundle, match="choose another folder"):
        write_bundle(PROJECT, tmp_path)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "three years"


def test_an_unknown_unit_is_refused(tmp_path):
    with pytest.raises(BadBundle, match="there is no unit 'atention'; there are positional_encoding, attention"):
        write_bundle(PROJECT, tmp_path / "course", ["atention"])


def test_notebooks_install_the_course_and_keep_generated_code_away(bundle):
    for path in bundle[0].glob("work/*/*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        assert notebook.cells[0].source == FIRST_CELL
        assert notebook.metadata.colab.generative_ai_disabled is True
        assert read(path).unit == path.stem


def test_requirements_are_pinned_and_hold_no_grader():
    lines = list_requirements(PROJECT, "the.whl").splitlines()
    assert lines[1] == "./the.whl"
    names = {line.partition("==")[0] for line in lines[2:]}
    assert {"numpy", "torch", "jupyterlab", "ipykernel", "pytest"} <= names
    assert names.isdisjoint({"nbgrader", "jupytext", "mypy", "sqlalchemy", "pydantic", "dask"})


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
                target.symlink_to(entry)
    return str(folder / "bin" / "python")


def run(python: str, script: str, cwd: Path) -> str:
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, cwd=cwd)
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


def test_the_command_line_checks_a_notebook(python, bundle, tmp_path):
    command = [python, "-m", "autograder", "check", "--json", "-e", "softmax"]
    notebook = bundle[0] / "work" / "02_attention" / "attention.ipynb"
    done = subprocess.run([*command, str(notebook)], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert next(iter(json.loads(done.stdout).values()))["score"] == 0


def test_hints_and_progress_are_there(python, bundle):
    script = "from autograder import hint, progress\nhint('softmax')\nprogress()"
    printed = run(python, script, bundle[0] / "work" / "02_attention")
    assert "Hint 1 of 3" in printed
    assert "0 / 25" in printed or "0 / 2" in printed
    assert "Next: write positional_encoding in" in printed
