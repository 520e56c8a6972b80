"""The student's package, installed where nothing else of ours is: it checks, names mistakes, and knows no answer."""

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from autograder import syllabus
from instructor.bundle.notebooks import prepare_notebook
from instructor.bundle.wheel import build_wheel
from tests.test_bundle import PROJECT, SOFTMAX


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    """What of a bundle is for working in it: the package, and two notebooks."""
    folder = tmp_path_factory.mktemp("bundles") / "course"
    for notebook in ("00_start/start.ipynb", "02_attention/attention.ipynb"):
        prepare_notebook(PROJECT / "assignments" / notebook, folder / "work" / notebook)
    build_wheel(PROJECT, folder, releases=folder / "work")
    return folder


@pytest.fixture(scope="module")
def python(bundle, tmp_path_factory) -> str:
    """A Python that has the wheel and this environment's libraries, but not this project."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    packages = next(folder.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(next(bundle.glob("*.whl"))) as wheel:
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
    notebook = bundle / "work" / "02_attention" / "attention.ipynb"
    done = subprocess.run([*command, str(notebook)], capture_output=True, text=True, cwd=tmp_path, env=clean())
    assert done.returncode == 1, done.stderr
    assert next(iter(json.loads(done.stdout).values()))["score"] == 0


def test_hints_and_progress_are_there(python, bundle):
    script = "from autograder import hint, progress\nhint('softmax')\nprogress()"
    printed = run(python, script, bundle / "work" / "02_attention")
    assert "Hint 1 of 3" in printed
    assert "0 / 25" in printed or "0 / 2" in printed
    assert "Next: write dot_products in" in printed
