"""A test that a student wrote: a mistake that it lets through costs its share, and refused right code everything."""

import pytest

from autograder import syllabus
from autograder.judging.written_tests import find_let_through
from autograder.verdict import Outcome, Verdict

EXERCISE = syllabus.exercise("test_layer_norm")
CASES = [case for case in EXERCISE.cases if case.hidden]
RIGHT = [case.name for case in CASES if case.is_right]
WRONG = [case.name for case in CASES if not case.is_right]


def verdicts(**told: Outcome) -> list[Verdict]:
    """What a test that is right everywhere gets, but for the cases that are told."""
    outcomes = {case.name: Outcome.PASSED for case in CASES} | told
    return [
        Verdict(EXERCISE.name, case.name, case.promise, outcomes[case.name], 0.0, "", "", "", "", True)
        for case in CASES
    ]


def test_a_perfect_test_lets_nothing_through():
    assert find_let_through(EXERCISE, verdicts()) == ()


def test_each_mistake_that_is_let_through_costs_its_share_and_is_named():
    (found,) = find_let_through(EXERCISE, verdicts(**{WRONG[0]: Outcome.WRONG}))
    assert found.cost == pytest.approx(EXERCISE.points / len(WRONG))
    assert found.sentence.startswith("Your test lets through: ") and found.cases == (WRONG[0],)


@pytest.mark.parametrize("outcome", [Outcome.WRONG, Outcome.TIMED_OUT])
def test_right_code_that_is_refused_costs_everything_once(outcome):
    (found,) = find_let_through(EXERCISE, verdicts(**{RIGHT[0]: outcome, WRONG[0]: Outcome.WRONG}))
    assert found.cost == EXERCISE.points
    assert set(found.cases) == {RIGHT[0], WRONG[0]}
    assert ("refuses right code" in found.sentence) is (outcome is Outcome.WRONG)


def test_nothing_is_said_of_a_test_that_comes_to_no_verdict_nor_of_another_exercise():
    assert find_let_through(EXERCISE, verdicts(**{case.name: Outcome.CRASHED for case in CASES})) == ()
    assert find_let_through(syllabus.exercise("layer_norm"), verdicts(**{WRONG[0]: Outcome.WRONG})) == ()
