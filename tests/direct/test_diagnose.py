"""Which mistake is named for what student code showed: the trials and the mistakes are made up."""

from itertools import permutations

import numpy as np
import pytest

from autograder import syllabus
from autograder.evidence import Failure, FailureKind
from autograder.exercise import PUBLIC, Case, Trial, Weight
from autograder.judging.diagnose import Diagnosis, diagnose
from autograder.protocol.arguments import Strided
from autograder.protocol.probe import Observation, arguments_after, call
from tests.direct.made_up import WrittenAnswers, case, exercise, mistake, numbers, public, raised

SIZES = {"large": 9, "small": 1, "middle": 3, "middling": 4}
DOUBLE = exercise(
    *(case(name, size) for name, size in SIZES.items()),
    case("loose", 20, tolerance=0.5),
    case("free", 30, ungraded=lambda: {"y": numbers(1, 0).arrays["y"] > 0}),
    case("vague", 5, proves_little=True),
)
TRIPLE = exercise(case("only"), name="triple")
MASK, RETURNS = np.ones((1, 3), bool), ("y",)
INPUTS = {
    "long without a mask": [call(np.zeros(99), 3, returns=RETURNS), arguments_after()],
    "a mask": [call(MASK, returns=RETURNS)],
    "a mask by name": [call(np.zeros(1), returns=RETURNS, mask=MASK)],
    "a mask that is strided": [call(Strided(MASK), returns=RETURNS)],
}


def with_input(name: str) -> Case:
    return Case(name, name, lambda _: INPUTS[name])


MASKED = exercise(*map(with_input, INPUTS), name="masked")
LARGE, SMALL, MIDDLE, MIDDLING = map(public, SIZES)
VAGUE = public("vague")
A, B, C = map(mistake, "ABC")
RIGHT, WRONG, WORSE = numbers(2.0), numbers(3.0), numbers(4.0)


@pytest.fixture(autouse=True)
def made_up_bank(monkeypatch):
    unit = syllabus.Unit("a unit", (DOUBLE, TRIPLE, MASKED), (A, B, C))
    monkeypatch.setattr(syllabus, "_by_name", lambda: {exercise.name: (unit, exercise) for exercise in unit.exercises})


class OfDouble(WrittenAnswers):
    """Answers that combine mistakes of this exercise only."""

    def combine(self, exercise, mistakes):
        assert exercise is DOUBLE
        return super().combine(exercise, mistakes)

    def pairs(self, exercise, among):
        assert exercise is DOUBLE
        return super().pairs(exercise, among)


def found(shown, failing, mistakes, together=None, **options):
    references = dict.fromkeys(shown, RIGHT) | options.pop("references", {})
    answers = OfDouble(mistakes, references, together=together)
    return diagnose(DOUBLE, shown, failing, answers, **options)


def named(shown, failing, mistakes, together=None, **options):
    """The mistake that each case is blamed on."""
    blamed = found(shown, failing, mistakes, together, **options).blamed
    return {trial.case: mistake.name for trial, mistake in blamed.items()}


def test_where_nothing_fails_nothing_is_asked():
    answers = WrittenAnswers({A: {SMALL: RIGHT}})
    assert diagnose(DOUBLE, {SMALL: RIGHT}, [], answers) == Diagnosis()
    assert answers.asked == []


def test_a_mistake_that_does_the_same_everywhere_explains_every_failing_trial_and_no_passing_one():
    shown = {SMALL: WRONG, MIDDLE: WRONG, MIDDLING: WORSE, LARGE: RIGHT}
    assert named(shown, [MIDDLE, SMALL, MIDDLING], {A: dict.fromkeys(shown, WORSE), B: shown}) == dict.fromkeys(
        ("small", "middle", "middling"), "B"
    )


def test_a_mistake_that_fails_a_passing_trial_is_never_named():
    shown = {LARGE: WRONG, MIDDLING: WRONG, MIDDLE: WRONG, SMALL: RIGHT}
    everywhere = dict.fromkeys(shown, WRONG)  # wrong where the student's code is right
    assert named(shown, [LARGE, MIDDLING, MIDDLE], {A: everywhere}) == {}
    only_there = {**everywhere, SMALL: RIGHT, MIDDLING: WORSE}
    assert named(shown, [LARGE, MIDDLING, MIDDLE], {A: only_there}) == {"middle": "A", "large": "A"}


def test_a_mistake_that_fails_a_trial_of_another_exercise_which_passes_is_never_named():
    shown, elsewhere = {SMALL: WRONG}, Trial("triple", "only", PUBLIC)
    for there, expected in ((WRONG, {}), (RIGHT, {"small": "A"})):
        mistakes = {A: {SMALL: WRONG, elsewhere: there}}
        references = {elsewhere: RIGHT}
        assert named(shown, [SMALL], mistakes, references=references, passing_elsewhere=[elsewhere]) == expected
    unknown_there = {A: {SMALL: WRONG}}
    assert named(shown, [SMALL], unknown_there, references=references, passing_elsewhere=[elsewhere]) == {"small": "A"}


def test_where_many_mistakes_look_the_same_none_is_named_for_that_alone():
    shown = {SMALL: WRONG, VAGUE: WRONG}
    assert named(shown, [SMALL, VAGUE], {A: {SMALL: WORSE, VAGUE: WRONG}}) == {}
    assert named(shown, [SMALL, VAGUE], {A: shown}) == {"small": "A", "vague": "A"}
    assert named({VAGUE: WRONG}, [VAGUE], {A: {VAGUE: WRONG}}) == {}
    alone, together = {A: {VAGUE: WORSE}, B: {VAGUE: WORSE}}, {"A+B": {VAGUE: WRONG}}
    assert named({VAGUE: WRONG}, [VAGUE], alone, together) == {}
    two = {**shown, SMALL: Observation({"y": np.array([3.0]), "z": np.array([5.0])})}
    one_alike = {SMALL: Observation({"y": np.array([3.0]), "z": np.array([1.0])}), VAGUE: WRONG}
    right = {SMALL: Observation({"y": np.array([2.0]), "z": np.array([1.0])})}
    assert named(two, [SMALL, VAGUE], {A: one_alike}, references=right) == {}


# ---- several mistakes


BOTH = numbers(7.0)


def test_two_mistakes_that_explain_everything_together_are_both_named_the_one_that_changes_more_first():
    shown = {SMALL: WRONG, MIDDLE: WORSE, MIDDLING: BOTH, LARGE: RIGHT}
    a = {SMALL: WRONG, MIDDLE: RIGHT, MIDDLING: WRONG, LARGE: RIGHT}
    b = {SMALL: RIGHT, MIDDLE: WORSE, MIDDLING: WORSE, LARGE: RIGHT}
    diagnosis = found(shown, [SMALL, MIDDLE, MIDDLING], {A: a, B: b}, {"A+B": shown, "B+A": shown})
    assert set(diagnosis.mistakes) == {A, B}
    assert diagnosis.changed == {A: [SMALL, MIDDLING], B: [MIDDLE, MIDDLING]}
    more = {SMALL: WRONG, MIDDLE: WORSE, MIDDLING: WORSE, LARGE: RIGHT}
    assert found(shown, [SMALL, MIDDLE, MIDDLING], {A: a, B: more}, {"A+B": shown, "B+A": shown}).mistakes == (B, A)


def test_a_slip_comes_after_a_mistake_and_hides_nothing():
    slip = mistake("Slip", weight=Weight.SLIP)
    shown = {SMALL: WRONG, MIDDLE: BOTH, LARGE: BOTH}
    mistakes = {slip: {SMALL: WRONG, MIDDLE: WRONG, LARGE: WRONG}, A: {SMALL: RIGHT, MIDDLE: WORSE, LARGE: WORSE}}
    together = {"Slip+A": shown, "A+Slip": shown}
    diagnosis = found(shown, list(shown), mistakes, together)
    assert diagnosis.mistakes == (A, slip)
    assert {trial.case: m.name for trial, m in diagnosis.blamed.items()} == {
        "small": "Slip",
        "middle": "A",
        "large": "A",
    }


def test_a_mistake_that_explains_crashes_only_is_not_named_if_it_would_change_numbers_in_another_way():
    crash = raised("RuntimeError", "sizes do not match")
    shown = {SMALL: crash, MIDDLE: crash, MIDDLING: crash, LARGE: BOTH}
    assert named(shown, list(shown), {A: {**shown, LARGE: WRONG}}) == {}
    there = {A: {**shown, LARGE: RIGHT}}
    assert named(shown, list(shown), there) == dict.fromkeys(("small", "middle", "middling"), "A")


def test_one_mistake_that_explains_everything_is_preferred_to_two():
    shown = {SMALL: WRONG, MIDDLE: WORSE}
    a, b = {SMALL: WRONG, MIDDLE: RIGHT}, {SMALL: RIGHT, MIDDLE: WORSE}
    assert found(shown, list(shown), {A: a, B: b, C: shown}, {"A+B": shown}).mistakes == (C,)


def test_three_mistakes_are_found_and_a_fourth_is_not_looked_for():
    mistakes = {}
    trials = [SMALL, MIDDLE, MIDDLING, LARGE]
    four = [mistake(name) for name in "KLMN"]
    for place, m in enumerate(four):
        mistakes[m] = {t: WRONG if n == place else RIGHT for n, t in enumerate(trials)}
    together = {
        "+".join(m.name for m in chosen): {
            t: WRONG if any(mistakes[m][t] is WRONG for m in chosen) else RIGHT for t in trials
        }
        for size in (2, 3, 4)
        for chosen in permutations(four, size)
    }
    three = dict.fromkeys(trials[:3], WRONG) | {LARGE: RIGHT}
    assert {m.name for m in found(three, trials[:3], mistakes, together).mistakes} == set("KLM")
    everything = dict.fromkeys(trials, WRONG)
    diagnosis = found(everything, trials, mistakes, together)
    assert len(diagnosis.mistakes) == len(diagnosis.blamed) == 3


def test_two_mistakes_that_each_change_every_failing_trial_are_found_as_a_pair():
    shown = {SMALL: BOTH, MIDDLE: BOTH}
    mistakes = {A: dict.fromkeys(shown, WRONG), B: dict.fromkeys(shown, WORSE), C: dict.fromkeys(shown, numbers(5.0))}
    assert set(found(shown, list(shown), mistakes, {"A+C": shown, "A+B": {SMALL: WRONG}}).mistakes) == {A, C}


def test_of_two_pairs_that_explain_one_trial_the_pair_that_explains_more_is_named():
    shown = {SMALL: BOTH, MIDDLE: numbers(8.0)}
    mistakes = {A: dict.fromkeys(shown, WRONG), B: dict.fromkeys(shown, WORSE), C: dict.fromkeys(shown, numbers(5.0))}
    together = {"A+B": {SMALL: BOTH, MIDDLE: WRONG}, "A+C": shown}
    assert set(found(shown, list(shown), mistakes, together).mistakes) == {A, C}


def test_a_pair_is_looked_for_where_a_single_trial_fails_and_holds_no_mistake_that_a_passing_one_refutes():
    shown = {SMALL: BOTH, LARGE: RIGHT}
    for a_in_large, expected in ((RIGHT, {A, B}), (WRONG, set())):
        mistakes = {A: {SMALL: WRONG, LARGE: a_in_large}, B: {SMALL: WORSE, LARGE: RIGHT}}
        assert set(found(shown, [SMALL], mistakes, {"A+B": shown}).mistakes) == expected


def test_one_array_that_a_mistake_explains_leads_to_the_other_mistake():
    def two(y, z):
        return Observation({"y": np.array([y]), "z": np.array([z])})

    shown = {SMALL: two(3.0, 9.0)}
    mistakes = {A: {SMALL: two(3.0, 4.0)}, B: {SMALL: two(2.0, 8.0)}}
    references = {SMALL: two(2.0, 4.0)}
    assert set(found(shown, [SMALL], mistakes, {"A+B": shown}, references=references).mistakes) == {A, B}


def test_arrays_of_nothing_but_nan_are_no_evidence_for_a_part_of_the_trials():
    nothing = numbers(np.nan)
    shown = {SMALL: nothing, MIDDLE: WRONG}
    a = {SMALL: nothing, MIDDLE: RIGHT}
    assert named(shown, list(shown), {A: a}) == {}
    assert named({SMALL: nothing, MIDDLE: RIGHT}, [SMALL], {A: a}) == {"small": "A"}


def test_of_two_explanations_that_are_as_good_the_mistake_that_was_counted_before_is_taken():
    shown = {SMALL: WRONG}
    assert named(shown, [SMALL], {A: shown, B: shown}) == {"small": "A"}
    assert named(shown, [SMALL], {A: shown, B: shown}, counted=["B"]) == {"small": "B"}


def test_a_trial_that_no_mistake_explains_has_no_cause():
    assert named({SMALL: WRONG}, [SMALL], {A: {SMALL: WORSE}}) == {}
    assert named({SMALL: WRONG}, [SMALL], {}) == {}


def test_of_two_mistakes_that_do_the_same_the_first_is_named():
    assert named({SMALL: WRONG}, [SMALL], {B: {SMALL: WRONG}, A: {SMALL: WRONG}}) == {"small": "B"}
    shown = {SMALL: RIGHT, MIDDLE: WRONG}
    assert named(shown, [MIDDLE], {B: shown, A: shown}) == {"middle": "B"}


def test_a_mistake_that_does_the_same_everywhere_ends_the_search():
    shown = {SMALL: WRONG, LARGE: WRONG}
    answers = WrittenAnswers({mistake: shown for mistake in (A, B)}, dict.fromkeys(shown, RIGHT))
    diagnose(DOUBLE, shown, [SMALL, LARGE], answers)
    assert set(answers.asked) == {("A", "small"), ("A", "large")}


@pytest.mark.parametrize("masked", [name for name in INPUTS if "a mask" in name and "without" not in name])
def test_a_trial_without_a_mask_is_compared_first_however_large_it_is(masked):
    shown = {Trial("masked", name, PUBLIC): WRONG for name in (masked, "long without a mask")}
    answers = WrittenAnswers({A: shown}, dict.fromkeys(shown, RIGHT))
    diagnose(MASKED, shown, list(shown), answers)
    assert answers.asked[0] == ("A", "long without a mask")


class Known(WrittenAnswers):
    """Answers of which is known beforehand which mistake fails what."""

    def is_known_to_fail(self, trial, misconception):
        ours = self.known.get(misconception, {}).get(trial)
        return None if ours is None else ours is not RIGHT


def test_what_is_known_to_fail_otherwise_is_not_tried():
    shown = {SMALL: WRONG, MIDDLE: WORSE, LARGE: RIGHT}
    passes_one = {SMALL: RIGHT, MIDDLE: WORSE, LARGE: RIGHT}
    mistakes = {A: dict.fromkeys(shown, WRONG), B: shown, C: passes_one}
    answers = Known(mistakes, dict.fromkeys(shown, RIGHT))
    assert diagnose(DOUBLE, shown, [SMALL, MIDDLE], answers).mistakes == (B,)
    assert set(answers.asked) == {("B", "small"), ("B", "middle")}


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
    both = {"middle": "A", "large": "A"}
    for other in (crash("nothing"), crash("something else", "KeyError")):
        for there in ({MIDDLE: other, LARGE: crash()}, {MIDDLE: crash("something else"), LARGE: other}):
            assert named(shown, [MIDDLE, LARGE], {A: {SMALL: RIGHT} | there}) == both
    nothing = {SMALL: RIGHT, MIDDLE: crash("nothing"), LARGE: crash("nothing")}
    assert named(shown, [MIDDLE, LARGE], {A: nothing}) == {}


def test_where_wrong_numbers_are_the_same_crashes_about_shapes_are_alike_in_any_words():
    product, together = crash("matmul: a mismatch in its core dimension 0"), crash("could not be broadcast together")
    shown = {SMALL: WRONG, LARGE: product}
    both = {"small": "A", "large": "A"}
    assert named(shown, [SMALL, LARGE], {A: {SMALL: WRONG, LARGE: together}}) == both
    assert named(shown, [SMALL, LARGE], {A: {SMALL: WRONG, LARGE: crash("nothing")}}) == {"small": "A"}
    assert named(shown, [SMALL, LARGE], {A: {SMALL: WORSE, LARGE: together}}) == {}
    right_elsewhere = {SMALL: RIGHT, LARGE: product}
    assert named(right_elsewhere, [LARGE], {A: {SMALL: RIGHT, LARGE: together}}) == {}


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
    assert named(shown, [MIDDLE, LARGE], {A: other_type, B: other_words}) == {"middle": "B", "large": "B"}
    assert named(shown, [MIDDLE, LARGE], {A: other_words, B: shown}) == {"middle": "B", "large": "B"}
    assert named(shown, [MIDDLE, LARGE], {A: shown, B: other_words}) == {"middle": "A", "large": "A"}
    assert named(shown, [MIDDLE, LARGE], {A: other_words, B: other_type}) == {"middle": "A", "large": "A"}
    assert named(shown, [MIDDLE, LARGE], {B: other_words, A: other_words}) == {"middle": "B", "large": "B"}


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind is not FailureKind.RAISED])
def test_only_what_was_raised_can_be_alike(kind):
    for theirs, ours in ((Failure(kind), raised("")), (raised(""), Failure(kind)), (Failure(kind), Failure(kind))):
        assert named({SMALL: RIGHT, LARGE: theirs}, [LARGE], {A: {SMALL: RIGHT, LARGE: ours}}) == {}


def test_a_crash_is_explained_by_no_mistake_that_runs_and_arrays_by_none_that_crashes():
    for theirs, ours in ((crash(), WRONG), (WRONG, crash())):
        shown = {SMALL: RIGHT, LARGE: theirs}
        assert named(shown, [LARGE], {A: {SMALL: RIGHT, LARGE: ours}}) == {}
        assert named({SMALL: theirs}, [SMALL], {A: {SMALL: ours}}) == {}


def test_a_trial_that_every_mistake_changes_is_looked_at_once():
    shown = {SMALL: BOTH, MIDDLE: BOTH, LARGE: BOTH, MIDDLING: WRONG}
    everywhere = {m: dict.fromkeys(shown, WORSE) for m in (B, C)}
    alone = {SMALL: WRONG, MIDDLE: WRONG, LARGE: WRONG, MIDDLING: WRONG}
    not_there = dict.fromkeys((SMALL, MIDDLE, LARGE), WORSE) | {MIDDLING: RIGHT}
    answers = Known({A: alone, B: not_there, C: everywhere[C]}, dict.fromkeys(shown, RIGHT), together={"A+B": shown})
    diagnosis = diagnose(DOUBLE, shown, list(shown), answers)
    assert set(diagnosis.mistakes) == {A, B}
    assert ("C", "large") not in answers.asked and ("C", "middle") not in answers.asked
