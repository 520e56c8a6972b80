"""From what trials showed to grades: a made-up exercise, and answers that are written down."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from autograder import syllabus
from autograder.evidence import Evidence, Failure, FailureKind, Shown
from autograder.exercise import PUBLIC, Case, Trial
from autograder.intake.ready_made import ReadyMade
from autograder.intake.submission import Submission
from autograder.judging.judge import compare, judge, refuse
from autograder.plan import Plan
from autograder.protocol.probe import Observation, call
from autograder.verdict import Finding, Grade, Outcome, Verdict
from tests.direct.made_up import WrittenAnswers, case, exercise, hidden, mistake, numbers, public, raised

DOUBLE = exercise(
    case("first", 1),
    case("second", 2),
    case("third", 3),
    case("secret", 4, hidden=True),
    case("viewed", 5, view=lambda seen: Observation({"y": seen.arrays["y"][:1]})),
)
BONUS = exercise(case("only", hidden=True), name="triple", points=1.0, bonus=True)
LATER = exercise(case("one"), case("two"), name="quadruple", points=4.0)
MODULE_OF_IT = exercise(case("one"), name="Double", points=2.0)
STACK = exercise(case("one"), name="Encoder")
SUMS, VOCABULARY = (
    exercise(case("sums"), name="softmax", tolerance=1e-9),
    exercise(case("words"), name="build_vocabulary"),
)
LOOSE = exercise(case("loose", tolerance=0.1), name="both")
TEST = exercise(case("lazy"), case("honest", is_right=True), name="test_double", tests="double")


def weights(*names: str) -> list[Any]:
    return [call(dict.fromkeys(names, np.ones(1)), returns=("y",))]


BY_NAME = exercise(
    Case("usual", "in order", lambda _: weights("a", "b")),
    Case("turned", "in any order", lambda _: weights("b", "a")),
    name="by_name",
)
SMOOTHED = exercise(
    Case("sure", "of one word", lambda _: [call(np.zeros(1), np.zeros(1), returns=("y",))]),
    Case("right", "of another word", lambda _: [call(np.zeros(1), np.ones(1), returns=("y",))]),
    name="label_smoothing_loss",
)
A, B = mistake("A"), mistake("B")
RIGHT, WRONG, WORSE = numbers(2), numbers(3), numbers(4)
MODULE = numbers(2, **{"parameter w": "(2, 3)"})
TOLD = "y[0] should be 2.0000, is 3.0000"
REDACTED = "y differs in every element"
NOT_ON_OTHERS = "right on the public inputs, but not on others: "


@pytest.fixture(autouse=True)
def made_up_bank(monkeypatch):
    exercises = (DOUBLE, BONUS, LATER, MODULE_OF_IT, STACK, SUMS, VOCABULARY, LOOSE, TEST, BY_NAME, SMOOTHED)
    unit = syllabus.Unit("a unit", exercises, (A, B))
    monkeypatch.setattr(syllabus, "_by_name", lambda: {exercise.name: (unit, exercise) for exercise in unit.exercises})


def grade(
    shown, mistakes=None, cells=None, is_notebook=True, ready_made=None, references=None, unviewed=None, printed=None
) -> Grade:
    submission = Submission("a file", "a unit", cells or {1: "def double(x): pass"}, is_notebook)
    plan = Plan(submission, {"double": tuple(shown)}, {"double": "a seed"}, ready_made or {})
    answers = WrittenAnswers(mistakes, references or dict.fromkeys(shown, RIGHT), unviewed)
    (grade,) = judge(plan, Evidence(shown, printed=printed or {}), answers)
    return grade


def plan_of(shown: Mapping[Trial, Shown], cells: dict[int, str] | None = None, ready_made=None) -> Plan:
    """A plan of the exercises in the order of their trials."""
    names = dict.fromkeys(trial.exercise for trial in shown)
    trials = {name: tuple(trial for trial in shown if trial.exercise == name) for name in names}
    submission = Submission("a file", "a unit", cells or {1: ""}, is_notebook=True)
    return Plan(submission, trials, dict.fromkeys(names), ready_made or {})


def graded(shown, mistakes=None, references=None, cells=None, ready_made=None, **options) -> dict[str, Grade]:
    answers = WrittenAnswers(mistakes, dict.fromkeys(shown, RIGHT) | (references or {}))
    return {g.exercise: g for g in judge(plan_of(shown, cells, ready_made), Evidence(shown), answers, **options)}


def wheres(grade: Grade) -> list[str]:
    return [verdict.where for verdict in grade.verdicts]


def causes(grade: Grade) -> list[str]:
    return [verdict.misconception for verdict in grade.verdicts]


def verdict(case: str, **options) -> Verdict:
    said: dict[str, Any] = {
        "exercise": "double",
        "case": case,
        "promise": f"the promise of {case}",
        "outcome": Outcome.PASSED,
        "points": 3.0,
        "where": "",
        "misconception": "",
        "cause": "",
        "source": "Vaswani et al. (2017), section 9: y = 2x",
        "hidden": False,
    }
    return Verdict(**said | options)


def test_a_grade_says_everything_about_each_case():
    shown = {public("first"): RIGHT, public("second"): WRONG}
    wrong = verdict("second", outcome=Outcome.WRONG, where=TOLD, misconception="A", cause="You did A.")
    found = Finding("A", "You did A.", ("second",), 3.0)
    assert grade(shown, {A: shown}) == Grade(
        "double", "a unit", 6.0, False, (verdict("first"), wrong), "a seed", (found,)
    )


@pytest.mark.parametrize("crashed", [public("first"), hidden("first")])
def test_a_ready_made_answer_in_one_trial_of_a_case_is_said_first(crashed):
    (other,) = {public("first"), hidden("first")} - {crashed}
    failure = Failure(FailureKind.READY_MADE, name="torch.nn.LayerNorm")
    told = grade({crashed: Failure(FailureKind.RAISED, type="IndexError"), other: failure}, references={crashed: RIGHT})
    assert [v.outcome for v in told.verdicts] == [Outcome.FORBIDDEN]
    assert NOT_ON_OTHERS not in told.verdicts[0].where


@pytest.mark.parametrize(
    ("seen", "right", "score"),
    [
        (Observation(), MODULE, 0.0),
        (Observation(facts={"the constructor raises": "nothing"}), MODULE, 0.0),
        (Observation(facts={"parameter w": "(2, 3)"}), MODULE, 3.0),
        (WRONG, MODULE, 3.0),
        (Observation(facts={"results": "1 (array)"}), RIGHT, 3.0),
    ],
)
def test_a_mistake_costs_everything_where_a_module_with_parameters_has_none(seen, right, score):
    shown = {public("first"): seen, public("second"): seen}
    told = grade(shown, {A: shown}, references=dict.fromkeys(shown, right))
    assert [finding.name for finding in told.findings] == ["A"]
    assert told.score == score


def test_every_exercise_of_the_plan_is_graded_in_its_order():
    trials = {"triple": (trial := Trial("triple", "only", "s"),), "double": (public("first"),)}
    plan = Plan(Submission("a file", "a unit", {1: ""}, is_notebook=True), trials, {"double": None, "triple": "s"})
    evidence = Evidence({trial: RIGHT, public("first"): RIGHT})
    answers = WrittenAnswers(references={trial: RIGHT, public("first"): RIGHT})
    triple, double = judge(plan, evidence, answers)
    assert (triple.exercise, triple.points, triple.bonus, triple.seed) == ("triple", 1.0, True, "s")
    assert (double.exercise, double.points, double.bonus, double.seed) == ("double", 6.0, False, None)
    assert triple.verdicts[0].hidden


# ---- several exercises


ONE, TWO = (Trial("quadruple", name, PUBLIC) for name in ("one", "two"))
EXTRA, IN_TORCH = Trial("triple", "only", "s"), Trial("Double", "one", PUBLIC)


@pytest.mark.parametrize(
    ("trials", "costs", "counted_in"),
    [
        ([public("first"), ONE, EXTRA], [3.0, 0.0, 0.0], ["", "double", "double"]),
        ([EXTRA, ONE], [0.5, 2.0], ["", ""]),
        ([ONE, TWO, public("first")], [2.0, 0.0], ["", "quadruple"]),
    ],
)
def test_a_mistake_costs_once_in_the_first_exercise_that_has_it_but_a_bonus_pays_for_no_other(
    trials, costs, counted_in
):
    shown = dict.fromkeys(trials, WRONG)
    findings = [finding for grade in graded(shown, {A: shown}).values() for finding in grade.findings]
    assert [(f.cost, f.counted_in) for f in findings] == list(zip(costs, counted_in, strict=True))


def test_without_follow_through_every_failing_case_costs_its_share():
    shown = dict.fromkeys((public("first"), ONE, TWO), WRONG)
    costs = [grade.findings[0].cost for grade in graded(shown, {A: shown}, follow_through=False).values()]
    assert costs == [6.0, 4.0]


def test_of_two_mistakes_that_do_the_same_the_one_that_was_found_earlier_is_named():
    shown = {public("first"): WRONG, ONE: WRONG}
    found = graded(shown, {B: {public("first"): WORSE, ONE: WRONG}, A: shown})
    assert causes(found["quadruple"]) == ["A"]
    assert causes(graded({ONE: WRONG}, {B: {ONE: WRONG}, A: {ONE: WRONG}})["quadruple"]) == ["B"]


@pytest.mark.parametrize(("elsewhere", "named"), [(ONE, ""), (IN_TORCH, "A")])
def test_a_mistake_that_would_fail_an_exercise_of_its_library_that_passes_is_not_named(elsewhere, named):
    shown = {public("first"): WRONG, elsewhere: RIGHT}
    assert causes(graded(shown, {A: dict.fromkeys(shown, WRONG)})["double"]) == [named]


def test_what_was_compared_before_is_not_compared_again():
    shown = {public("first"): WRONG, ONE: WRONG}
    plan, evidence = plan_of(shown), Evidence(shown)
    right, other = (WrittenAnswers(references=dict.fromkeys(shown, seen)) for seen in (RIGHT, WRONG))
    before = compare(plan, evidence, right)
    assert [*before] == ["double", "quadruple"]
    grades = judge(plan, evidence, other, before={"double": before["double"]})
    assert [grade.outcome for grade in grades] == [Outcome.WRONG, Outcome.PASSED]


@pytest.mark.parametrize(
    ("seen", "says_more"),
    [
        (RIGHT, False),
        (WRONG, True),
        (raised("KeyError"), True),
        (raised("NotImplementedError"), False),
        (Failure(FailureKind.TIMED_OUT), False),
    ],
)
def test_what_is_wrong_on_public_inputs_says_more_than_what_is_not_there(seen, says_more):
    shown = {public("first"): seen, public("second"): RIGHT}
    compared = compare(plan_of(shown), Evidence(shown), WrittenAnswers(references=dict.fromkeys(shown, RIGHT)))
    assert compared["double"].says_more_on_public_inputs is says_more
    assert public("second") in compared["double"].passing


def test_an_import_that_failed_is_noted_at_the_first_exercise():
    shown, cells = {public("first"): RIGHT, ONE: RIGHT}, {1: "import google"}
    evidence = Evidence(shown, {1: raised("ImportError", "No module named 'google'", cell="1", line=1)})
    answers = WrittenAnswers(references=dict.fromkeys(shown, RIGHT))
    first, second = judge(plan_of(shown, cells), evidence, answers)
    assert (len(first.notes), second.notes) == (1, ())
    assert first.notes[0].startswith("`import google`")


# ---- public and hidden inputs


def test_a_case_that_fails_on_public_inputs_is_told_with_numbers():
    shown = {public("first"): WRONG, hidden("first"): WORSE}
    assert wheres(grade(shown)) == [TOLD]


def test_a_case_that_fails_on_hidden_inputs_only_is_told_without_a_number():
    shown = {public("first"): RIGHT, hidden("first"): WRONG}
    assert wheres(grade(shown)) == [NOT_ON_OTHERS + REDACTED]
    assert wheres(grade({hidden("secret"): WRONG})) == [REDACTED]


def test_one_verdict_is_given_for_all_trials_of_a_case():
    shown = {t(name): RIGHT for name in ("first", "second") for t in (public, hidden)} | {hidden("secret"): WRONG}
    found = grade(shown)
    assert [(v.case, v.points, v.hidden) for v in found.verdicts] == [
        ("first", 2.0, False),
        ("second", 2.0, False),
        ("secret", 2.0, True),
    ]
    assert found.score == 4


def test_what_is_told_is_cut_after_1500_characters():
    shown = {public("first"): raised("ValueError", "m" * 2000)}
    assert wheres(grade(shown)) == ["ValueError: " + "m" * 1488]


# ---- the case's view


def test_a_case_with_a_view_is_compared_and_diagnosed_as_it_looks_at_it():
    trial = public("viewed")
    options = {"references": {trial: RIGHT}, "unviewed": {trial: numbers(2, 9)}}
    assert grade({trial: numbers(2, 7)}, **options).outcome is Outcome.PASSED
    found = grade({trial: numbers(3, 7)}, {A: {trial: WRONG}}, **options)
    assert (wheres(found), causes(found)) == ([TOLD], ["A"])


def test_a_crash_in_a_case_with_a_view_is_told_as_it_is():
    trial = public("viewed")
    found = grade({trial: raised("KeyError", "'k'")}, {A: {trial: raised("KeyError", "'k'")}})
    assert (wheres(found), causes(found)) == (["KeyError: 'k'"], ["A"])


# ---- what was found by reading


def test_an_exercise_that_uses_a_ready_made_answer_earns_nothing_and_no_mistake_is_looked_for():
    trials = [public("first"), hidden("first"), hidden("secret")]
    use = {"double": ReadyMade("torch.nn.LayerNorm", 1, 1)}
    found = grade(dict.fromkeys(trials, WRONG), {A: dict.fromkeys(trials, WRONG)}, ready_made=use)
    assert [v.outcome for v in found.verdicts] == [Outcome.FORBIDDEN] * 2
    assert wheres(found) == [
        "your cell of `double`, line 1: torch.nn.LayerNorm is a ready-made answer: build it yourself",
        "a ready-made answer, or the course's own solution, is used: build it yourself",
    ]
    assert causes(found) == ["", ""]


def test_a_ready_made_answer_in_another_exercise_is_no_matter():
    assert grade({public("first"): RIGHT}, ready_made={"triple": ReadyMade("torch.x", 1, 1)}).score == 6


def test_an_import_over_the_students_own_name_is_told_first():
    cells = {1: "def double(x): pass", 5: "from others import double"}
    shown = {public("first"): WRONG, public("second"): RIGHT, hidden("second"): RIGHT, hidden("secret"): WRONG}
    text = "the import in your cell that begins with `from others import double` replaced your own `double`: "
    assert wheres(grade(shown, cells=cells)) == [text + TOLD, "", text + REDACTED]
    in_file = grade({public("first"): WRONG}, cells=cells, is_notebook=False)
    assert wheres(in_file) == [
        "the import in the part of your file that begins at line 5 replaced your own `double`: " + TOLD
    ]
    use = {"double": ReadyMade("others.double", 5, 1)}
    assert wheres(grade(shown, cells=cells, ready_made=use))[0].startswith(text + "your cell that begins with ")


def test_what_a_star_import_put_in_the_place_of_a_name_is_a_crash_unless_reading_found_a_ready_made_answer():
    trial, cells = Trial("softmax", "sums", PUBLIC), {1: "def softmax(x): pass", 2: "from torch import *"}
    shown = {trial: Failure(FailureKind.READY_MADE, name="torch.exp")}
    outcomes = [
        graded(shown, cells=cells, ready_made=read)["softmax"].outcome
        for read in ({}, {"softmax": ReadyMade("torch.exp", 2, 1)})
    ]
    assert outcomes == [Outcome.CRASHED, Outcome.FORBIDDEN]


def test_a_norm_after_a_stack_is_said_to_be_needless():
    cells = {1: "class Encoder(nn.Module):\n    norm = nn.LayerNorm(8)"}
    use = {"Encoder": ReadyMade("torch.nn.LayerNorm", 1, 2)}
    found = graded({Trial("Encoder", "one", PUBLIC): WRONG}, cells=cells, ready_made=use)["Encoder"]
    assert "Here you need none" in wheres(found)[0]


# ---- the likely cause


@pytest.mark.parametrize("failure", [raised("KeyError", "k"), WRONG])
def test_what_is_wrong_and_what_crashes_has_a_cause(failure):
    shown = {public("first"): failure}
    assert causes(grade(shown, {A: shown})) == ["A"]


@pytest.mark.parametrize(
    "failure",
    [
        Failure(FailureKind.TIMED_OUT),
        Failure(FailureKind.MISSING),
        raised("NotImplementedError"),
        Failure(FailureKind.READY_MADE, name="torch.nn.LayerNorm"),
    ],
)
def test_what_is_not_there_has_no_cause(failure):
    shown = {public("first"): failure, public("second"): WRONG}
    assert causes(grade(shown, {A: {public("first"): WRONG, public("second"): WRONG}})) == ["", "A"]
    assert causes(grade(dict.fromkeys(shown, failure), {A: shown})) == ["", ""]


def test_a_cause_is_named_in_every_case_in_which_it_does_the_same():
    shown = {public("first"): WRONG, public("second"): WORSE, hidden("secret"): WRONG}
    assert causes(grade(shown, {A: shown})) == ["A", "A", "A"]
    assert causes(grade(shown, {A: dict.fromkeys(shown, WRONG)})) == ["A", "", "A"]


def test_where_only_hidden_inputs_fail_their_cause_is_looked_for():
    shown = {public("first"): RIGHT, hidden("first"): WRONG, hidden("secret"): WORSE}
    assert causes(grade(shown, {A: shown, B: dict.fromkeys(shown, WRONG)})) == ["A", "A"]


def test_a_mistake_that_would_fail_what_passes_is_not_named():
    shown = {public("first"): RIGHT, public("second"): WRONG}
    assert causes(grade(shown, {A: dict.fromkeys(shown, WRONG)})) == ["", ""]


# ---- what is read where no mistake explains it


def words(text: str) -> Observation:
    return Observation({"y": np.frombuffer(text.encode(), np.uint8)}, {"type of y": "dict"})


def pair(y: float, z: float) -> Observation:
    return Observation({"y": np.array([y]), "z": np.array([z])})


NEEDS_GAPS = raised("RuntimeError", "view size is not compatible with input tensor's size")
OWN = {1: "def double(x):\n    2 * x", 2: "from others import double"}


@pytest.mark.parametrize(
    ("trial", "seen", "right", "cells", "name", "score"),
    [
        (public("first"), NEEDS_GAPS, RIGHT, OWN, "import-replaces-a-name", 0.0),
        (public("first"), NEEDS_GAPS, RIGHT, {1: ""}, "view-needs-contiguous-memory", 0.0),
        (public("first"), Observation(facts={"type of y": "None"}), RIGHT, {1: OWN[1]}, "no-return", 0.0),
        (Trial("both", "loose", PUBLIC), pair(3.1, 1.1), pair(1.0, 3.0), {1: ""}, "results-in-another-order", 0.0),
        (
            Trial("softmax", "sums", PUBLIC),
            numbers(0.49999, 0.49999),
            numbers(0.5, 0.5),
            {1: ""},
            "added-to-the-sum",
            4.8,
        ),
        (
            Trial("build_vocabulary", "words", PUBLIC),
            words("'a': 1\n'b': 0"),
            words("'a': 0\n'b': 1"),
            {1: ""},
            "not-sorted",
            3.0,
        ),
    ],
)
def test_what_no_mistake_explains_is_read_and_costs_its_share(trial, seen, right, cells, name, score):
    (found,) = graded({trial: seen}, None, {trial: right}, cells).values()
    assert (causes(found), [f.name for f in found.findings], found.score) == ([name], [name], score)
    assert found.verdicts[0].cause == found.findings[0].sentence


def test_weights_that_are_taken_in_the_order_of_the_dict_are_read():
    usual, turned = (Trial("by_name", name, PUBLIC) for name in ("usual", "turned"))
    cells = {1: "def by_name(weights):\n    a, b = weights.values()"}
    (found,) = graded({usual: RIGHT, turned: WRONG}, cells=cells).values()
    assert causes(found) == ["", "taken-by-order"]
    (found,) = graded({usual: RIGHT, turned: raised("KeyError")}, cells=cells).values()
    assert causes(found) == ["", ""]


def test_a_loss_that_is_bounded_is_read_where_every_other_that_fails_is_bounded_too():
    sure, right = (Trial("label_smoothing_loss", name, PUBLIC) for name in ("sure", "right"))
    huge = {sure: numbers(200), right: numbers(200)}
    for second, named in ((30, "added-in-the-log"), (300, "")):
        (found,) = graded({sure: numbers(20), right: numbers(second)}, None, huge).values()
        assert causes(found) == [named, named]


def test_of_hidden_inputs_and_of_what_a_mistake_explains_nothing_is_read():
    shown = {hidden("secret"): NEEDS_GAPS, public("first"): WRONG, public("second"): NEEDS_GAPS}
    assert causes(grade(shown, {A: dict.fromkeys(shown, RIGHT) | {public("first"): WRONG}})) == [
        "",
        "A",
        "view-needs-contiguous-memory",
    ]
    assert causes(grade({public("first"): NEEDS_GAPS}, {A: {public("first"): NEEDS_GAPS}})) == ["A"]


def test_a_test_that_lets_a_mistake_through_is_told_so():
    shown = {Trial("test_double", "lazy", PUBLIC): WRONG, Trial("test_double", "honest", PUBLIC): RIGHT}
    (found,) = graded(shown).values()
    assert [(f.name, f.cost) for f in found.findings] == [("lets-through-lazy", 6.0)]


# ---- the student's own line, and what was printed


def test_an_error_has_its_line_and_that_of_hidden_inputs_has_none():
    cells = {1: "def double(x):\n    return y"}
    failure = raised("NameError", "name 'y' is not defined", cell="1", line=2)
    found = grade({public("first"): failure, hidden("secret"): failure}, cells=cells)
    assert [v.at for v in found.verdicts] == ["your cell of `double`, line 2: `return y`", ""]


def test_what_was_printed_is_told_where_public_inputs_fail_and_never_of_hidden_ones():
    shown = {public("first"): WRONG, public("second"): RIGHT, hidden("third"): WRONG, public("third"): RIGHT}
    found = grade(shown, printed=dict.fromkeys(shown, "a secret"))
    assert [(v.case, v.printed) for v in found.verdicts] == [("first", "a secret"), ("second", ""), ("third", "")]


def test_the_matrix_that_differs_is_pictured_on_public_inputs_only():
    right, wrong = Observation({"y": np.eye(2)}), Observation({"y": np.ones((2, 2))})
    shown = {public("first"): wrong, public("second"): right, hidden("secret"): wrong}
    pictures = [v.picture for v in grade(shown, references=dict.fromkeys(shown, right)).verdicts]
    assert [picture is not None for picture in pictures] == [True, False, False]


# ---- a file that cannot be graded


def test_a_file_that_cannot_be_graded_earns_nothing_in_any_exercise():
    def unreadable(name: str, points: float) -> Verdict:
        return verdict(
            "file",
            exercise=name,
            promise="the file that was handed in can be graded",
            outcome=Outcome.UNREADABLE,
            points=points,
            where="it is empty",
            source="",
        )

    assert refuse([DOUBLE, BONUS], "a unit", "it is empty") == [
        Grade("double", "a unit", 6.0, False, (unreadable("double", 6.0),), seed=None),
        Grade("triple", "a unit", 1.0, True, (unreadable("triple", 1.0),), seed=None),
    ]
