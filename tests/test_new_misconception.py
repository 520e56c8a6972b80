"""`autograder misconception new`: a stub where it belongs, students' code as its test, and what to do next."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import instructor
from autograder import syllabus
from autograder.intake.submission import from_python
from instructor.shells.class_page.commands import misconception
from instructor.shells.class_page.new_misconception import (
    CannotAdd,
    add_misconception,
    describe_next,
    extract,
    find_topic,
    name_class,
    name_of_class,
)

ALL = [(unit.name, exercise.name) for unit in syllabus.units().values() for exercise in unit.exercises]
CODE = '''
import numpy as np
import os

HALF = 0.5

def softmax(x, axis=-1):
    """By Ada."""
    # ada@example.org
    return np.exp(x) * HALF

def causal_mask(n):
    return np.tril(np.ones((n, n)))
'''


@pytest.fixture
def project(tmp_path) -> Path:
    source = Path(instructor.__file__).parent / "misconceptions"
    shutil.copytree(source, tmp_path / "instructor" / "misconceptions", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize(("unit", "exercise"), ALL)
def test_every_exercise_has_a_topic_and_a_stub_that_is_right_code(unit, exercise, project):
    added = add_misconception("new-mistake-of-ours", unit, exercise, [], project)
    lines = added.stub.read_text(encoding="utf-8").splitlines()
    assert lines[added.line - 1].startswith("class NewMistakeOfOurs(")
    (stub,) = (n for n in ast.parse("\n".join(lines)).body if getattr(n, "name", "") == "NewMistakeOfOurs")
    assert isinstance(stub, ast.ClassDef) and "super()." in ast.unparse(stub.body[-1])
    assert "TODO" in (ast.get_docstring(stub) or "")


def test_the_stub_belongs_to_the_course_and_explains_nothing_yet(project):
    added = add_misconception("new-mistake-of-ours", "attention", "softmax", [], project)
    assert added.stub.name == "softmax.py"
    (project / "instructor" / "__init__.py").touch()
    program = (
        "import numpy as np\n"
        "from instructor.misconceptions.attention import MISCONCEPTIONS as known\n"
        "(ours,) = [m for m in known if m.name == 'new-mistake-of-ours']\n"
        "assert abs(ours.namespace('numpy')['softmax'](np.zeros(4)) - 0.25).max() < 1e-12\n"
    )
    subprocess.run(
        [sys.executable, "-c", program], cwd=project, env={"PYTHONPATH": f"{project}:{Path.cwd()}"}, check=True
    )


def test_the_test_holds_what_the_exercise_needs_and_nothing_that_says_whose_it_is(project):
    file = project / "ada.py"
    file.write_text(CODE, encoding="utf-8")
    added = add_misconception("new-mistake-of-ours", "attention", "softmax", [file, file], project)
    assert [path.name for path in added.tests] == ["new-mistake-of-ours-1.py", "new-mistake-of-ours-2.py"]
    text = added.tests[0].read_text(encoding="utf-8")
    assert text == "import numpy as np\n\nHALF = 0.5\n\ndef softmax(x, axis=-1):\n    return np.exp(x) * HALF\n"
    assert from_python(text, "a.py", "attention").code.defines("softmax")
    told = "\n".join(describe_next(added, project))
    assert "record_failing attention" in told and "-k new-mistake-of-ours" in told and "softmax.py, line" in told


def test_a_body_of_texts_alone_stays_python():
    code = from_python('def softmax(x):\n    """Nothing."""\n', "a.py", "attention")
    assert extract(code, "softmax") == "def softmax(x):\n    pass\n"
    with pytest.raises(CannotAdd, match="does not define"):
        extract(code, "causal_mask")


@pytest.mark.parametrize("name", ["scale-by-keys", "Softmax-base-two", "scale_fixed", "relu two"])
def test_a_name_and_its_class_say_the_same(name):
    assert name_of_class(name_class(name)) == name.lower().replace("_", "-").replace(" ", "-")


@pytest.mark.parametrize("name", ["", "a-mistake", "1-two", "a-2-b", "é", "a/b", "--"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(CannotAdd, match="is not a valid name"):
        name_class(name)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["scale-missing", "-u", "attention", "-e", "softmax"], "already"),
        (["brand-new", "-u", "attention", "-e", "sofmax"], "did you mean 'softmax'"),
        (["brand-new", "-u", "encoder", "-e", "softmax"], "there is no exercise"),
    ],
)
def test_a_slip_writes_nothing(arguments, sentence):
    folder = Path(instructor.__file__).parent / "misconceptions"
    before = {path: path.read_bytes() for path in folder.rglob("*.py")}
    result = CliRunner().invoke(misconception, ["new", *arguments])
    assert result.exit_code == 2 and sentence in result.output
    assert {path: path.read_bytes() for path in folder.rglob("*.py")} == before


def test_a_topic_is_where_most_mistakes_of_an_exercise_are():
    assert find_topic("attention", "softmax") == "softmax"
    assert find_topic("decoding", "bleu") == "bleu"
    assert find_topic("layer_norm", "ResidualConnection") == "residual_connection"
