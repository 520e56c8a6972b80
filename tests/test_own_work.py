"""A student's earlier notebooks as modules of a later one: right work is taken, the rest comes from blocks."""

import importlib
import types
from pathlib import Path

import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from autograder.execution.blocks_of_unit import blocks_of
from autograder.execution.work import Job, Work
from autograder.grading import Grader
from autograder.intake.cells import experiment_mark
from autograder.protocol.probe import Observation, Probe, call
from autograder.student import blocks, own_work

RIGHT = "import numpy as np\n\ndef causal_mask(num_tokens):\n    return np.tri(num_tokens, dtype=bool)"
WRONG = RIGHT.replace("tri(num_tokens,", "ones((num_tokens, num_tokens),")
STUB = "def causal_mask(num_tokens):\n    raise NotImplementedError()"
BROKEN = "def causal_mask(:"


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """Write `../02_attention/attention.ipynb`, as seen from the folder to work in, with these cells."""
    here = tmp_path / "07_transformer"
    here.mkdir()
    monkeypatch.chdir(here)

    def write(*cells: str, experiment: str = "") -> Path:
        path = tmp_path / "02_attention" / "attention.ipynb"
        path.parent.mkdir(exist_ok=True)
        tags = {"grade_id": "causal_mask-solution", "solution": True, "schema_version": 3}
        made = [nbformat.v4.new_code_cell(source, metadata={"nbgrader": tags}) for source in cells]
        marked = {"autograder": {"experiment": experiment_mark(experiment)}}
        made.append(nbformat.v4.new_code_cell(experiment, metadata=marked))
        notebook = nbformat.v4.new_notebook(cells=made, metadata={"autograder": {"unit": "attention"}})
        nbformat.write(notebook, path)
        return path

    return write


def test_right_work_is_taken_and_it_is_said(notebooks, capsys):
    notebooks(RIGHT)
    from autograder.own_work import causal_mask

    assert causal_mask.__module__ == "own_attention"
    assert np.array_equal(causal_mask(3), blocks.causal_mask(3))
    assert "causal_mask: yours, from ../02_attention/attention.ipynb" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (WRONG, "yours does not pass its public cases"),
        (STUB, "yours is not written yet"),
        (BROKEN, "does not define it"),
        ("x = 1", "does not define it"),
        ("from autograder.blocks import causal_mask", "does not define it"),
        ("raise SystemExit", "does not define it"),
    ],
)
def test_everything_else_comes_from_blocks_and_it_is_said(notebooks, capsys, cell, reason):
    notebooks(cell)
    assert own_work.causal_mask is blocks.causal_mask
    assert f"causal_mask: from blocks ({'yours' if 'yours' in reason else '..'}" in capsys.readouterr().out
    assert reason in own_work.EARLIER_WORK.find("causal_mask")[1]


def test_without_a_notebook_the_known_good_ones_are_used(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert own_work.Encoder is blocks.Encoder
    assert own_work.causal_mask is blocks.causal_mask
    assert capsys.readouterr().out.count("from blocks") == 2


def test_a_file_that_is_no_notebook_is_said_to_be_none(notebooks, capsys):
    notebooks(RIGHT).write_text("{")
    assert own_work.causal_mask is blocks.causal_mask
    assert "from blocks (" in capsys.readouterr().out


def test_a_notebook_that_has_changed_is_read_again(notebooks):
    first = notebooks(STUB).stat().st_mtime_ns
    assert own_work.causal_mask is blocks.causal_mask
    path = notebooks(RIGHT)
    assert path.stat().st_mtime_ns != first
    assert own_work.causal_mask is not blocks.causal_mask


def test_what_a_notebook_took_from_blocks_becomes_the_students_own(notebooks, capsys, monkeypatch):
    notebooks(RIGHT)
    monkeypatch.setattr(own_work.EARLIER_WORK, "taken", {})
    importer = types.ModuleType("own_decoder")
    vars(importer).update(causal_mask=blocks.causal_mask, padding_mask=blocks.padding_mask)
    own_work.EARLIER_WORK.replace_blocks(importer, "decoder")
    assert importer.causal_mask.__module__ == "own_attention"
    assert importer.padding_mask is blocks.padding_mask
    assert capsys.readouterr().out == ""
    line = own_work.describe_taken("decoder", own_work.EARLIER_WORK.taken["decoder"])
    assert line.strip() == "decoder: with your parts from attention; from blocks: padding_mask"


def test_a_notebook_says_in_one_line_what_it_takes_from_others(notebooks, capsys, monkeypatch):
    attention = notebooks(RIGHT)
    monkeypatch.setattr(own_work.EARLIER_WORK, "taken", {})
    takes = "from autograder.blocks import causal_mask, padding_mask, softmax\nx = 1"
    path = attention.parent.parent / "05_encoder" / "encoder.ipynb"
    path.parent.mkdir()
    notebook = nbformat.v4.new_notebook(metadata={"autograder": {"unit": "encoder"}})
    tags = {"grade_id": "encoder_layer-solution", "solution": True, "schema_version": 3}
    notebook.cells = [nbformat.v4.new_code_cell(source, metadata={"nbgrader": tags}) for source in (takes, "y = 1")]
    nbformat.write(notebook, path)
    assert own_work.encoder_layer is blocks.encoder_layer
    first, second = capsys.readouterr().out.splitlines()
    assert first.strip() == "encoder: with your parts from attention; from blocks: padding_mask, softmax"
    assert second.strip().startswith("encoder_layer: from blocks")


def test_experiments_prints_and_later_cells_do_no_harm(notebooks, capsys):
    notebooks("print('noise')", "1 / 0", RIGHT, experiment="raise SystemExit")
    assert own_work.causal_mask is not blocks.causal_mask
    assert "noise" not in capsys.readouterr().out


def test_what_an_earlier_notebook_displays_is_not_shown(notebooks, monkeypatch):
    displayed = []
    try:
        publisher = type(InteractiveShell.instance().display_pub)
        monkeypatch.setattr(publisher, "publish", lambda _, data, **__: displayed.append(data))
        shown = "from IPython.display import display\ndisplay({'text/plain': 'Not yet'}, raw=True)"
        notebooks(RIGHT, shown)
        assert own_work.causal_mask.__module__ == "own_attention"
        assert not displayed
        exec(shown, {})
        assert displayed
    finally:
        InteractiveShell.clear_instance()


def test_names_that_nobody_has_are_refused():
    with pytest.raises(AttributeError, match="no_such_name"):
        own_work.__getattr__("no_such_name")
    with pytest.raises(ImportError):
        importlib.import_module("autograder.own_work.no_such_module")


@pytest.mark.parametrize(
    "line",
    [
        "from autograder.own_work import encoder, causal_mask",
        "from autograder import blocks, own_work\ncausal_mask, encoder = own_work.causal_mask, blocks.encoder",
    ],
)
def test_a_grade_is_made_with_blocks(grader: Grader, line):
    file = "encoder.__wrapped__.__code__.co_filename"
    cell = f"{line}\ndef f():\n    assert {file}[:12] == '<autograder.'\n    return causal_mask(3)"
    jobs = [Job("f", "f", Probe("f", "numpy", (call(returns=("y",)),)))]
    seen = grader.executor.carry_out(Work({1: cell}, jobs, modules=blocks_of("transformer"))).jobs["f"]
    assert isinstance(seen, Observation), seen
    assert np.array_equal(seen.arrays["y"], blocks.causal_mask(3))
