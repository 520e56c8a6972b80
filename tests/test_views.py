"""A view is shown whatever student code may send: it makes nothing right, and it never fails the grader."""

from collections.abc import Callable

import numpy as np
import pytest

from autograder import syllabus
from autograder.exercise import PUBLIC, Trial
from autograder.protocol.probe import Observation
from autograder.verdict import Grade, Outcome
from tests.judged import WithoutMistakes, judge_shown
from tests.sampled import sample

VIEWED = [
    Trial(e.name, c.name, PUBLIC) for u in syllabus.units().values() for e in u.exercises for c in e.cases if c.view
]
each_trial = pytest.mark.parametrize("trial", VIEWED, ids=lambda trial: f"{trial.exercise}-{trial.case}")
ODD: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "empty": lambda a: np.atleast_1d(a)[:0],
    "without features": lambda a: a[..., :0] if a.ndim else a[None][:0],
    "of another rank": lambda a: a[None],
    "one number": lambda a: np.zeros((), a.dtype),
    "one row": lambda a: a[:1] if a.ndim else a[None],
    "zeros": np.zeros_like,
    "ones": np.ones_like,
    "truth values": lambda a: np.ones(a.shape, bool),
    "bytes": lambda a: np.full(a.shape, 200, np.uint8),
    "half precision": lambda a: np.full(a.shape, 6e4, np.float16),
    "not numbers": lambda a: np.full(a.shape, np.nan),
    "infinite": lambda a: np.full(a.shape, -np.inf),
    "huge": lambda a: np.full(a.shape, 1e308),
}


ANSWERS = WithoutMistakes()


def judged(trial: Trial, observation: Observation) -> Grade:
    return judge_shown(syllabus.exercise(trial.exercise), {trial: observation}, answers=ANSWERS)


@each_trial
def test_odd_arrays_are_wrong_and_no_fault_of_the_grader(trial):
    right = ANSWERS.unviewed_reference(trial)
    for called, odd in ODD.items():
        for name in sample([*right.arrays], 6):
            judged(trial, shown(right, odd, {name}))
        seen = shown(right, odd, set(right.arrays))
        same = all(is_same(array, right.arrays[name]) for name, array in seen.arrays.items())  # one row of one row
        grade = judged(trial, seen)
        assert [v.outcome for v in grade.verdicts] == [Outcome.PASSED if same else Outcome.WRONG], called
        assert bool(grade.verdicts[0].where) is not same, called


def is_same(array: np.ndarray, other: np.ndarray) -> bool:
    return (array.shape, array.dtype, array.tobytes()) == (other.shape, other.dtype, other.tobytes())


def shown(right: Observation, odd: Callable[[np.ndarray], np.ndarray], names: set[str]) -> Observation:
    return Observation({n: odd(a) if n in names else a for n, a in right.arrays.items()}, dict(right.facts))


@each_trial
def test_what_right_code_shows_is_right(trial):
    grade = judged(trial, ANSWERS.unviewed_reference(trial))
    assert grade.outcome is Outcome.PASSED


def test_arrays_that_a_view_makes_nothing_of_are_told_as_they_are():
    trial = Trial("FeedForward", "dropout-in-training", PUBLIC)
    right = ANSWERS.unviewed_reference(trial)
    cut = {name: array[:0] for name, array in right.arrays.items()}
    where = judged(trial, Observation(cut, dict(right.facts))).verdicts[0].where
    assert "should have shape" in where
