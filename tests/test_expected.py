"""What needs PyTorch can be asked of an oracle, in whose process it is imported anyway, and is the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from autograder import bank
from autograder.answers.oracle import Oracle
from autograder.execution.executor import GraderFault, Worker

PROJECT = Path(__file__).resolve().parent.parent
SCRIPT = """
import sys
import numpy as np
from autograder import bank
from autograder.answers import live
from autograder.grading import trials
from autograder.execution.executor import Worker
from autograder.execution.responses import plain_error

with Worker() as worker:
    for unit in bank.units().values():
        for exercise in unit.exercises:
            if exercise.library == "torch":
                tried = trials(exercise, "a seed")
                expected.ask(worker, [(exercise.name, *trial, expected.REFERENCE) for trial in tried])
                names = [m.name for m in unit.misconceptions]
                expected.ask(worker, [(exercise.name, *trial, name) for trial in tried[:3] for name in names])
                expected.reached(unit, exercise, worker)
assert "torch" not in sys.modules
there, reached = dict(expected._known), dict(expected._reached)
expected._known.clear()
expected._reached.clear()
import torch
torch.set_num_threads(1)
for (*trial, name), seen in there.items():
    key = *trial, name
    here = expected.plain_of_misconception(*key) if name else expected.plain(*trial)
    assert type(here) is type(seen), (key, here, seen)
    if isinstance(here, expected.Failure):
        said = [(f.kind, plain_error(f.error).get("type"), plain_error(f.error).get("message")) for f in (here, seen)]
        assert said[0] == said[1], (key, said)
        continue
    assert seen.facts == here.facts, key
    assert seen.arrays.keys() == here.arrays.keys(), key
    for part, array in here.arrays.items():
        assert seen.arrays[part].dtype == array.dtype, (key, part)
        assert np.array_equal(seen.arrays[part], array, equal_nan=array.dtype.kind == "f"), (key, part)
for name, found in reached.items():
    assert expected.reached(bank.unit_of(name), bank.exercise(name), None) == found, name
print(len(there), len(reached))
"""


def test_an_oracle_shows_what_this_process_does_and_pytorch_is_not_imported_here():
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    answers, exercises = map(int, done.stdout.split())
    assert answers > 3000
    assert exercises == sum(e.library == "torch" for unit in bank.units().values() for e in unit.exercises)


def test_a_right_notebook_is_tested_without_pytorch_in_pytests_own_process():
    script = "import sys, pytest\ncode = pytest.main(['-q', sys.argv[1]])\nprint('torch' in sys.modules, int(code))"
    notebook = PROJECT / "solutions" / "02_attention" / "attention.ipynb"
    command = [sys.executable, "-c", script, str(notebook)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300)
    assert done.stdout.splitlines()[-1] == "False 0", done.stdout[-2000:]


def test_a_wrong_notebook_is_explained_without_pytorch_in_this_process():
    script = """
import sys
from autograder import bank
from autograder.grading import grade
from autograder.execution.executor import Worker
from autograder.intake.submission import read

path = "tests/submissions/heads_merged_without_transpose_torch.py"
with Worker() as worker:
    (found,) = grade(read(path), [bank.exercise("MultiHeadAttention")], worker)
print("torch" in sys.modules, *{v.misconception for v in found.verdicts if v.score < v.points})
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, timeout=300)
    assert done.stdout.split() == ["False", "mha-merge-without-transpose"], done.stderr[-2000:]


def test_an_oracle_that_is_gone_is_replaced():
    script = """
from autograder import bank
from autograder.answers import live
from autograder.execution.executor import Worker

unit = bank.units()["feed_forward"]
cases = bank.exercise("FeedForward").cases
keys = [("FeedForward", case.name, "public", expected.REFERENCE) for case in cases]
with Worker() as worker:
    expected.ask(worker, keys[:1])
    gone = worker.oracles[unit.name]
    gone.process.end()
    expected.ask(worker, keys)
    print(len(expected._known), worker.oracles[unit.name] is not gone)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, timeout=300)
    assert done.stdout.split() == [str(len(bank.exercise("FeedForward").cases)), "True"], done.stderr[-2000:]


def test_an_oracle_that_cannot_be_prepared_is_a_fault_and_leaves_no_process():
    with Worker() as worker:
        worker.deadline()
        places = Path(worker._server.folder)
        with pytest.raises(GraderFault, match="cannot be prepared"):
            Oracle(worker, "no_unit", [], [])
        assert list(places.glob("submission-*")) == []
