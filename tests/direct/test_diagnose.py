"""Which mistake is named for what student code showed: the trials and the mistakes are made up."""

import pytest

from autograder import bank
from autograder.evidence import Failure, FailureKind, Shown
from autograder.exercise import Trial
from autograder.judging.diagnose import find_causes
from tests.direct.made_up import WrittenAnswers, case, exercise, mistake, numbers, public, raised

SIZES = {"large": 9, "small": 1, "middle": 3, "middling": 4}
DOUBLE = exercise(
    *(case(name, size) for name, size in SIZES.items()),
    case("loose", 20, tolerance=0.5),
    case("free", 30, ungraded=lambda: {"y": numbers(1, 0).arrays["y"] > 0}),
)
LARGE, SMALL, MIDDLE, MIDDLING = map(public, SIZES)
A, B, C = map(mistake, "ABC")
RIGHT, WRONG, WORSE = numbers(2.0), numbers(3.0), numbers(4.0)


@pytest.fixture(autouse=True)
def made_up_bank(monkeypatch):
    unit = bank.Unit("a unit", (DOUBLE,), (A, B, C))
    monkeypatch.setattr(bank, "_by_name", lambda: {"double": (unit, DOUBLE)})


def named(shown, failing, mistakes):
    """The mistakes found, by the case that each explains."""
    return names_of(find_causes(DOUBLE, shown, failing, WrittenAnswers(mistakes)))


def names_of(causes):
    return {trial.case: cause.name for trial, cause in causes.items()}


def test_where_nothing_fails_nothing_is_asked():
    answers = WrittenAnswers({A: {SMALL: RIGHT}})
    assert find_causes(DOUBLE, {SMALL: RIGHT}, [], answers) == {}
    assert answers.asked == []


def test_a_mistake_that_does_the_same_everywhere_explains_every_failing_trial_and_no_passing_one():
    shown = {SMALL: WRONG, MIDDLE: WRONG, MIDDLING: WORSE, LARGE: RIGHT}
    assert named(shown, [MIDDLE, SMALL, MIDDLING], {A: dict.fromkeys(shown, WORSE), B: shown}) == dict.fromkeys(
        ("small", "middle", "middling"), "B"
    )


def test_without_such_a_mistake_only_the_two_smallest_failing_trials_are_explained():
    shown = {LARGE: WRONG, MIDDLING: WRONG, MIDDLE: WRONG, SMALL: RIGHT}
    everywhere = dict.fromkeys(shown, WRONG)  # wrong where the student's code is right
    assert named(shown, [LARGE, MIDDLING, MIDDLE], {A: everywhere}) == {"middle": "A", "middling": "A"}


def test_a_trial_that_no_mistake_explains_has_no_cause():
    assert named({SMALL: WRONG}, [SMALL], {A: {SMALL: WORSE}}) == {}
    assert named({SMALL: WRONG}, [SMALL], {}) == {}


def test_of_mistakes_that_explain_one_trial_the_one_that_explains_the_other_too_is_named():
    shown = {SMALL: WRONG, MIDDLE: WORSE, LARGE: RIGHT}
    only_small = {SMALL: WRONG, MIDDLE: RIGHT, LARGE: WRONG}
    both = {SMALL: WRONG, MIDDLE: WORSE, LARGE: WRONG}
    assert named(shown, [SMALL, MIDDLE], {A: only_small, B: both}) == {"small": "B", "middle": "B"}
    assert named(shown, [SMALL, MIDDLE], {A: both, B: only_small}) == {"small": "A", "middle": "A"}
    assert named(shown, [SMALL, MIDDLE], {A: only_small}) == {"small": "A"}


def test_of_two_mistakes_that_do_the_same_the_first_is_named():
    assert named({SMALL: WRONG}, [SMALL], {B: {SMALL: WRONG}, A: {SMALL: WRONG}}) == {"small": "B"}
    shown = {SMALL: RIGHT, MIDDLE: WRONG}
    partly = dict.fromkeys(shown, WRONG)
    assert named(shown, [MIDDLE], {B: partly, A: partly}) == {"middle": "B"}


def test_a_mistake_that_does_the_same_everywhere_ends_the_search():
    answers = WrittenAnswers({mistake: {SMALL: WRONG, LARGE: WRONG} for mistake in (A, B)})
    find_causes(DOUBLE, {SMALL: WRONG, LARGE: WRONG}, [SMALL], answers)
    assert answers.asked == [("A", "small"), ("A", "large")]


def test_the_smallest_trial_and_the_smallest_failing_one_are_tried_first_and_one_that_differs_rules_out():
    shown: dict[Trial, Shown] = {LARGE: WRONG, MIDDLE: RIGHT, MIDDLING: raised("KeyError"), SMALL: RIGHT}
    answers = WrittenAnswers(
        {
            A: {SMALL: WRONG},
            B: {SMALL: RIGHT, MIDDLING: RIGHT},
            C: {SMALL: RIGHT, MIDDLING: raised("KeyError"), MIDDLE: WRONG, LARGE: WORSE},
        }
    )
    assert find_causes(DOUBLE, shown, [MIDDLING], answers) == {}
    assert answers.asked == [
        ("A", "small"),
        ("B", "small"),
        ("B", "middling"),
        ("C", "small"),
        ("C", "middling"),
        ("C", "middle"),
    ]


def test_arrays_are_the_same_within_the_tolerance_of_the_case():
    loose = public("loose")
    assert named({SMALL: numbers(3.003)}, [SMALL], {A: {SMALL: WRONG}}) == {"small": "A"}
    assert named({SMALL: numbers(3.3)}, [SMALL], {A: {SMALL: WRONG}}) == {}
    assert named({loose: numbers(3.3)}, [loose], {A: {loose: WRONG}}) == {"loose": "A"}


def test_an_ungraded_element_may_be_another_number():
    free = public("free")
    assert named({free: numbers(77, 2)}, [free], {A: {free: numbers(1, 2)}}) == {"free": "A"}
    assert named({free: numbers(77, 3)}, [free], {A: {free: numbers(1, 2)}}) == {}
    assert named({free: numbers(1, 77)}, [free], {A: {free: numbers(1, 2)}}) == {}


# ---- code that crashes


def crash(message="expected 3, got 'x'", type_="ValueError"):
    return raised(type_, message)


def test_code_that_only_crashes_must_always_say_the_very_same():
    assert named({SMALL: crash(), LARGE: crash()}, [SMALL, LARGE], {A: {SMALL: crash(), LARGE: crash()}}) == {
        "small": "A",
        "large": "A",
    }
    almost = {SMALL: crash(), LARGE: crash("expected 4, got 'x'")}
    assert named({SMALL: crash(), LARGE: crash()}, [SMALL, LARGE], {A: almost}) == {}


def test_code_that_also_runs_may_say_it_with_other_names_and_sizes():
    shown = {SMALL: RIGHT, LARGE: crash()}
    for message in ("expected 12, got 'y'", "expected 3, got ''", "expected 3, got 'x'"):
        assert named(shown, [LARGE], {A: {SMALL: RIGHT, LARGE: crash(message)}}) == {"large": "A"}
    for other in (crash("wanted 3, got 'x'"), crash(type_="TypeError"), RIGHT):
        assert named(shown, [LARGE], {A: {SMALL: RIGHT, LARGE: other}}) == {}


def test_code_that_also_runs_need_say_it_in_one_trial_only():
    shown = {SMALL: RIGHT, MIDDLE: crash("something else"), LARGE: crash()}
    for other in (crash("nothing"), crash("something else", "KeyError")):
        for there in ({MIDDLE: other, LARGE: crash()}, {MIDDLE: crash("something else"), LARGE: other}):
            assert named(shown, [LARGE], {A: {SMALL: RIGHT} | there}) == {"large": "A"}
    assert named(shown, [LARGE], {A: {SMALL: RIGHT, MIDDLE: crash("nothing"), LARGE: crash("nothing")}}) == {}


def test_two_complaints_about_a_none_are_alike_whatever_the_operator():
    multiplied = crash("unsupported operand type(s) for *: 'NoneType' and 'int'", "TypeError")
    masked = crash("'NoneType' object is not subscriptable", "TypeError")
    shown = {SMALL: RIGHT, LARGE: multiplied}
    assert named(shown, [LARGE], {A: {SMALL: RIGHT, LARGE: masked}}) == {"large": "A"}
    for other in (crash("'int' object is not subscriptable", "TypeError"), crash("", "TypeError")):
        assert named(shown, [LARGE], {A: {SMALL: RIGHT, LARGE: other}}) == {}
        assert named({SMALL: RIGHT, LARGE: other}, [LARGE], {A: {SMALL: RIGHT, LARGE: multiplied}}) == {}


def test_the_mistake_whose_errors_are_most_alike_is_named():
    shown = {SMALL: RIGHT, MIDDLE: crash("a"), LARGE: crash("b")}
    other_type = {SMALL: RIGHT, MIDDLE: crash("a"), LARGE: crash("b", "KeyError")}
    other_words = {SMALL: RIGHT, MIDDLE: crash("a"), LARGE: crash("c")}
    assert named(shown, [LARGE], {A: other_type, B: other_words}) == {"large": "B"}
    assert named(shown, [LARGE], {A: other_words, B: shown}) == {"large": "B"}
    assert named(shown, [LARGE], {A: shown, B: other_words}) == {"large": "A"}
    assert named(shown, [LARGE], {A: other_words, B: other_type}) == {"large": "A"}
    assert named(shown, [LARGE], {B: other_words, A: other_words}) == {"large": "B"}


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind is not FailureKind.RAISED])
def test_only_what_was_raised_can_be_alike(kind):
    for theirs, ours in ((Failure(kind), raised("")), (raised(""), Failure(kind)), (Failure(kind), Failure(kind))):
        assert named({SMALL: RIGHT, LARGE: theirs}, [LARGE], {A: {SMALL: RIGHT, LARGE: ours}}) == {}


def test_a_crash_is_explained_by_no_mistake_that_runs_and_arrays_by_none_that_crashes():
    for theirs, ours in ((crash(), WRONG), (WRONG, crash())):
        shown = {SMALL: RIGHT, LARGE: theirs}
        assert named(shown, [LARGE], {A: {SMALL: RIGHT, LARGE: ours}}) == {}
        assert named({SMALL: theirs}, [SMALL], {A: {SMALL: ours}}) == {}


def test_trials_that_crash_do_not_count_among_the_two_that_are_looked_at():
    shown = {SMALL: crash(), MIDDLE: WRONG, MIDDLING: crash(), LARGE: WRONG}
    assert named(shown, list(shown), {A: dict.fromkeys(shown, WRONG)}) == {"middle": "A", "large": "A"}
