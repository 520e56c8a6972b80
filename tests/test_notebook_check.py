"""`check("softmax")` in a notebook: a rich report, and points as a plain float."""

import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

import autograder
from autograder import bank
from autograder.bank import UnknownName

RIGHT = """
import numpy as np
def softmax(x, axis=-1):
    print("called")
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)
"""


def executed(*sources: str) -> list:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return notebook.cells


@pytest.mark.filterwarnings("ignore")  # of the kernel's own start
def test_in_a_notebook_it_shows_html_and_its_value_is_a_plain_float():
    cell = executed("from autograder import check", RIGHT, 'check("softmax")')[-1]
    shown, value = cell.outputs
    assert shown.output_type == "display_data"
    assert "every row becomes positive numbers" in shown.data["text/html"]
    assert value.output_type == "execute_result"
    assert value.data["text/plain"] == "2.0"


@pytest.mark.filterwarnings("ignore")
def test_a_ready_made_answer_is_found_in_the_executed_cells():
    source = "import torch\nfrom torch import nn\nclass MultiHeadAttention(nn.MultiheadAttention):\n    pass"
    cell = executed("from autograder import check", source, 'check("MultiHeadAttention")')[-1]
    assert "ready-made" in cell.outputs[0].data["text/html"]
    assert cell.outputs[1].data["text/plain"] == "0.0"


def test_outside_a_notebook_it_prints(capsys):
    namespace = {"check": autograder.check}
    exec(RIGHT + 'points = check("softmax")', namespace)
    assert namespace["points"] == bank.exercise("softmax").points
    printed = capsys.readouterr().out
    assert "softmax" in printed
    assert "called" not in printed


def test_where_pytorch_is_not_imported_a_check_does_not_import_it():
    script = f"import sys\nfrom autograder import check\n{RIGHT}\ncheck('softmax')\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_the_last_definition_counts(capsys):
    namespace: dict = {"check": autograder.check}
    exec(RIGHT + "softmax = lambda x, axis=-1: x\npoints = check('softmax')", namespace)
    assert namespace["points"] < 2
    capsys.readouterr()


def test_an_unknown_exercise_is_named_with_those_that_exist():
    with pytest.raises(UnknownName, match=r"there is no exercise 'sofmax'; there are softmax"):
        autograder.check("sofmax")


def test_what_is_not_defined_is_not_attempted(capsys):
    namespace = {"check": autograder.check}
    exec("points = check('softmax')", namespace)
    assert namespace["points"] == 0.0
    assert "not attempted" in capsys.readouterr().out
