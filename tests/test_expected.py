"""What is expected of the PyTorch wing can be computed where PyTorch is imported anyway, and is the same."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SCRIPT = """
import sys
import numpy as np
from autograder import bank, expected
from autograder.grade import trials
from autograder.isolate import Worker

with Worker() as worker:
    for unit in bank.units().values():
        exercises = [e for e in unit.exercises if e.library == "torch"]
        wanted = [(e.name, *trial) for e in exercises for trial in trials(e, "a seed")]
        expected.compute_in(worker, unit.name, wanted)
assert "torch" not in sys.modules
there = dict(expected._known)
expected._known.clear()
import torch
torch.set_num_threads(1)
for key, seen in there.items():
    here = expected.plain(*key)
    assert seen.facts == here.facts, key
    assert seen.arrays.keys() == here.arrays.keys(), key
    for name, array in here.arrays.items():
        assert seen.arrays[name].dtype == array.dtype, (key, name)
        assert np.array_equal(seen.arrays[name], array, equal_nan=array.dtype.kind == "f"), (key, name)
print(len(there))
"""


def test_a_workers_process_shows_of_the_reference_what_this_process_does_without_pytorch_here():
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) > 200


def test_a_right_notebook_is_tested_without_pytorch_in_pytests_own_process():
    script = "import sys, pytest\ncode = pytest.main(['-q', sys.argv[1]])\nprint('torch' in sys.modules, int(code))"
    notebook = PROJECT / "solutions" / "02_attention" / "attention.ipynb"
    command = [sys.executable, "-c", script, str(notebook)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300)
    assert done.stdout.splitlines()[-1] == "False 0", done.stdout[-2000:]
