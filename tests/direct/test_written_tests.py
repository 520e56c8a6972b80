"""A test that a student wrote: a mistake that it lets through costs its share, and refused right code everything."""

import pytest

from autograder import syllabus
from autograder.judging.written_tests import CAUGHT, count_shares, find_let_through, is_of_a_test
from autograder.verdict import Finding, Grade, Outcome, Verdict

EXERCISE = syllabus.exercise("test_layer_norm")
CASES = [case for case in EXERCISE.cases if case.hidden]
RIGHT = [case.name for case in CASES if case.is_right]
WRONG = [case.name for case in CASES if not case.is_right]
SHARE = EXERCISE.points / len(WRONG)


def verdicts(**told: Outcome) -> list[Verdict]:
    """What a test that is right everywhere gets, but for the cases that are told."""
    outcomes = {case.name: Outcome.PASSED for case in CASES} | told
    return [
        Verdict(EXERCISE.name, case.name, case.promise, outcomes[case.name], SHARE, "", "", "", "", True)
        for case in CASES
    ]


def test_a_perfect_test_lets_nothing_through():
    assert find_let_through(EXERCISE, verdicts()) == ()


def test_each_mistake_that_is_let_through_costs_its_share_and_is_named():
    (found,) = find_let_through(EXERCISE, verdicts(**{WRONG[0]: Outcome.WRONG}))
    sentence = f"Your test lets through: {EXERCISE.case_named(WRONG[0]).promise.removeprefix(CAUGHT)}."
    assert found == Finding(f"lets-through-{WRONG[0]}", sentence, (WRONG[0],), SHARE)


def test_the_points_are_shared_by_the_mistakes_that_are_to_be_caught():
    assert count_shares(EXERCISE, [*RIGHT, *WRONG]) == len(WRONG)
    softmax = syllabus.exercise("softmax")
    assert count_shares(softmax, [case.name for case in softmax.cases]) == len(softmax.cases)


REFUSES = f"Your test refuses right code, so it earns nothing: {EXERCISE.case_named(RIGHT[0]).promise}."
NO_VERDICT = "Your test comes to no verdict on right code, so it earns nothing."


@pytest.mark.parametrize(("outcome", "told"), [(Outcome.WRONG, REFUSES), (Outcome.TIMED_OUT, NO_VERDICT)])
def test_right_code_that_is_refused_costs_everything_once(outcome, told):
    (found,) = find_let_through(EXERCISE, verdicts(**{RIGHT[0]: outcome, WRONG[0]: Outcome.WRONG}))
    assert found.cost == EXERCISE.points
    assert set(found.cases) == {RIGHT[0], WRONG[0]}
    assert (found.name, found.sentence) == ("refuses-right-code", told)


def test_nothing_is_said_of_a_test_that_comes_to_no_verdict_nor_of_another_exercise():
    assert find_let_through(EXERCISE, verdicts(**{case.name: Outcome.CRASHED for case in CASES})) == ()
    assert find_let_through(syllabus.exercise("layer_norm"), verdicts(**{WRONG[0]: Outcome.WRONG})) == ()


def test_the_grade_of_a_test_is_known_by_what_it_has_to_catch():
    for promises, is_one in ((["accepted: right code", f"{CAUGHT}no eps"], True), (["sums to 1"], False)):
        told = [Verdict("f", "case", promise, Outcome.PASSED, 1.0, "", "", "", "", True) for promise in promises]
        assert is_of_a_test(Grade("f", "a unit", 2.0, False, tuple(told), None)) is is_one
