"""A notebook of a bundle runs where PyTorch is not installed: what needs it says so, and everything else works."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.protocol.without_pytorch import is_installed, stand_in_for_pytorch
from instructor.bundle.notebooks import FIRST_CELL
from tests.sampled import sample

ROOT = Path(__file__).resolve().parent.parent
HIDE = """
import importlib.machinery, sys

class Hidden(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] == "torch" else super().find_spec(name, path, target)

sys.meta_path = [Hidden if finder is importlib.machinery.PathFinder else finder for finder in sys.meta_path]
"""
RELEASES = sorted((ROOT / "assignments").glob("*/*.ipynb"))


def run_without_pytorch(code: str) -> str:
    """What a Python without PyTorch prints; it must end well."""
    done = subprocess.run(
        [sys.executable, "-c", HIDE + code], capture_output=True, encoding="utf-8", cwd=ROOT, env={"MPLBACKEND": "agg"}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("release", sample(RELEASES, 2), ids=lambda path: path.stem)
def test_every_cell_of_a_release_runs(release):
    cells = [cell.source for cell in nbformat.read(release, as_version=4).cells if cell.cell_type == "code"]
    assert len(cells) > 5
    code = "\n".join(f"exec(compile({cell!r}, {f'cell {n}'!r}, 'exec'))" for n, cell in enumerate([FIRST_CELL, *cells]))
    assert "PyTorch is not installed here." in run_without_pytorch(code)


def test_with_pytorch_nothing_is_replaced():
    before = list(sys.meta_path)
    assert is_installed("torch")
    assert not stand_in_for_pytorch()
    assert sys.meta_path == before


STAND_IN = """
from autograder.protocol.without_pytorch import NeedsPyTorch, is_installed, stand_in_for_pytorch
assert stand_in_for_pytorch() and stand_in_for_pytorch() and not is_installed("torch")
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader
"""


@pytest.mark.parametrize(
    "code",
    [
        "class M(nn.Module):\n    def forward(self, x: Tensor | None) -> list[torch.Tensor]: ...",
        "@torch.no_grad()\ndef f(): return 1\nassert f() == 1",
        "@torch.no_grad\ndef f(): return 1\nassert f() == 1",
        "with torch.no_grad(): torch.manual_seed(0); torch.set_num_threads(1)",
        "assert not isinstance(3, torch.Tensor)",
        "assert not hasattr(torch, '__version__')",
    ],
)
def test_what_only_defines_something_runs(code):
    run_without_pytorch(STAND_IN + code)


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("class M(nn.Module): ...\nM()", "M"),
        ("torch.zeros(3)", "torch.zeros"),
        ("F.relu(3)", "torch.nn.functional.relu"),
        ("nn.functional.relu(3)", "torch.nn.functional.relu"),
        ("DataLoader([])", "torch.utils.data.DataLoader"),
        ("from autograder.blocks import causal_mask\ncausal_mask(3)", "torch.nn.Transformer"),
        ("from autograder.blocks import Transformer\nTransformer(3, 3)", "Transformer"),
    ],
)
def test_what_uses_more_is_told_what_is_missing(code, what):
    lines = "".join(f"    {line}\n" for line in code.splitlines())
    said = run_without_pytorch(f"{STAND_IN}try:\n{lines}except NeedsPyTorch as error: print(error, error.name)")
    assert said.startswith(what)
    assert said.endswith(" needs PyTorch, which is not installed here torch\n")


CHECKS = """
import numpy as np
from autograder import check
def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)
"""


@pytest.mark.parametrize("first", ["", STAND_IN])
def test_a_numpy_exercise_is_checked_and_a_module_is_said_to_need_pytorch(first):
    module = "class MultiHeadAttention(nn.Module): ..." if first else "class MultiHeadAttention: ..."
    said = run_without_pytorch(f"{first}{CHECKS}{module}\ncheck('softmax')\ncheck('MultiHeadAttention')")
    assert "softmax: passed, 2 of 2 points" in said
    assert "MultiHeadAttention: not attempted, 0 of 5 points" in said
    assert said.count("MultiHeadAttention needs PyTorch, which is not installed in this Python") == 1


def test_experiments_say_what_is_missing():
    said = run_without_pytorch(
        f"{STAND_IN}from autograder.properties import when_written\n"
        "class MultiHeadAttention(nn.Module): ...\n"
        "with when_written(): torch.zeros(3)\n"
        "with when_written(): MultiHeadAttention\n"
        "with when_written(): not_there"
    )
    stopped, undefined = said.splitlines()
    assert stopped == "This cell cannot run: torch.zeros needs PyTorch, which is not installed here."
    assert undefined.endswith("'not_there' is not defined. Without PyTorch, the cell that defines it cannot run.")
