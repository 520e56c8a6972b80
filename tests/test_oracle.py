"""What needs PyTorch can be asked of an oracle, in whose process it is imported anyway, and is the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from autograder import syllabus
from autograder.evidence import GraderFault
from autograder.execution.executor import Executor
from autograder.exercise import combine
from instructor.answers import oracle
from instructor.answers.oracle import Oracle, OracleAnswers
from instructor.answers.oracle_targets import REFERENCE, target_name, targets_of

PROJECT = Path(__file__).resolve().parent.parent
SCRIPT = """
import sys
import numpy as np
from autograder import syllabus
from instructor.answers.live import LiveAnswers
from instructor.answers.oracle import OracleAnswers
from autograder.evidence import Failure
from autograder.execution.executor import Executor
from tests.sampled import sample

there, relevant = {}, {}
with Executor() as executor, OracleAnswers(executor) as answers:
    for unit in syllabus.units().values():
        for exercise in unit.exercises:
            if exercise.library == "torch":
                trials = sample(exercise.trials("a seed"), 4, fewest=3)
                answers.expect(trials)
                there |= {(trial, None): answers.unviewed_reference(trial) for trial in trials}
                for trial in trials[:1]:
                    for mistake, _ in answers.mistakes(trial, sample(unit.misconceptions, 16)):
                        there[trial, mistake] = answers.unviewed_mistake(trial, mistake)
                relevant[exercise] = answers.relevant(exercise)
assert "torch" not in sys.modules
import torch
torch.set_num_threads(1)
live = LiveAnswers()
for (trial, mistake), shown in there.items():
    key = trial, mistake
    here = live.unviewed_mistake(trial, mistake) if mistake else live.unviewed_reference(trial)
    assert type(here) is type(shown), (key, here, shown)
    if isinstance(here, Failure):
        assert (here.kind, here.type, here.message) == (shown.kind, shown.type, shown.message), key
        continue
    assert shown.facts == here.facts, key
    assert shown.arrays.keys() == here.arrays.keys(), key
    for part, array in here.arrays.items():
        assert shown.arrays[part].dtype == array.dtype, (key, part)
        assert np.array_equal(shown.arrays[part], array, equal_nan=array.dtype.kind == "f"), (key, part)
for exercise, found in relevant.items():
    assert live.relevant(exercise) == found, exercise.name
print(len(there), len(relevant))
"""


def test_an_oracle_shows_what_this_process_does_and_pytorch_is_not_imported_here():
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr[-3000:]
    answers, exercises = map(int, done.stdout.split())
    assert answers > 80
    assert exercises == sum(e.library == "torch" for unit in syllabus.units().values() for e in unit.exercises)


def test_a_right_notebook_is_tested_without_pytorch_in_pytests_own_process():
    script = "import sys, pytest\ncode = pytest.main(['-q', sys.argv[1]])\nprint('torch' in sys.modules, int(code))"
    notebook = PROJECT / "solutions" / "02_attention" / "attention.ipynb"
    command = [sys.executable, "-c", script, str(notebook)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=1200)
    assert done.stdout.splitlines()[-1] == "False 0", done.stdout[-2000:]


def test_a_wrong_notebook_is_explained_without_pytorch_in_this_process():
    script = """
import sys
from autograder import syllabus
from autograder.grading import Grader
from autograder.intake.submission import read

path = "tests/submissions/heads_merged_without_transpose_torch.py"
with Grader() as grader:
    (found,) = grader.grade(read(path), [syllabus.exercise("MultiHeadAttention")])
print("torch" in sys.modules, *{v.misconception for v in found.verdicts if not v.passed})
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, timeout=1200)
    assert done.stdout.split() == ["False", "mha-merge-without-transpose"], done.stderr[-2000:]


def test_an_oracle_that_is_gone_is_replaced():
    exercise = syllabus.exercise("FeedForward")
    first, *others = exercise.trials(None)
    with Executor() as executor, OracleAnswers(executor) as answers:
        answers.expect([first])
        gone = answers._oracles["feed_forward"]
        gone.process.end()
        answers.expect(others)
        assert [answers.unviewed_reference(trial).arrays for trial in others]
        assert answers._oracles["feed_forward"] is not gone


def test_of_what_several_mistakes_show_together_the_latest_is_kept_and_the_rest_asked_again(monkeypatch):
    monkeypatch.setattr(oracle, "MOST_OF_SETS", 3)
    trial, *_ = syllabus.exercise("FeedForward").trials(None)
    one, *others = [m for m in syllabus.units()["feed_forward"].misconceptions if "ffn" in m.name][:6]
    sets = [combined for other in others if (combined := combine((one, other)))]
    assert len(sets) > 3
    with Executor() as executor, OracleAnswers(executor) as answers:
        single = answers.unviewed_mistake(trial, one)
        seen = [str(answers.unviewed_mistake(trial, several)) for several in sets]
        assert list(answers._told) == [(trial, one.name), *((trial, several.name) for several in sets[-3:])]
        assert [str(answers.unviewed_mistake(trial, several)) for several in sets] == seen
        assert answers._told[trial, one.name] is single


def test_an_oracle_that_cannot_be_prepared_is_a_fault_and_leaves_no_process():
    with Executor() as executor:
        executor._deadline()
        assert executor._server
        places = Path(executor._server.folder)
        with pytest.raises(GraderFault, match="cannot be prepared"):
            Oracle(executor, "no_unit", [])
        assert list(places.glob("submission-*")) == []


IN_TORCH = [unit for unit in syllabus.units().values() if any(e.library == "torch" for e in unit.exercises)]


@pytest.mark.parametrize("unit", IN_TORCH, ids=lambda unit: unit.name)
def test_an_oracle_knows_the_misconceptions_of_its_own_unit_and_no_others(unit):
    targets = targets_of(unit.name, ["exercise"], {})
    names = [target_name(name, "exercise") for name in (REFERENCE, *(m.name for m in unit.misconceptions))]
    assert list(targets) == ["reaching", "combining", *names]
