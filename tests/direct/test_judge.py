"""From what trials showed to grades: a made-up exercise, and answers that are written down."""

from typing import Any

import pytest

from autograder import syllabus
from autograder.evidence import Evidence, Failure, FailureKind
from autograder.exercise import Trial
from autograder.intake.ready_made import ReadyMade
from autograder.intake.submission import Submission
from autograder.judging.judge import judge, refuse
from autograder.plan import Plan
from autograder.protocol.probe import Observation
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
A, B = mistake("A"), mistake("B")
RIGHT, WRONG, WORSE = numbers(2), numbers(3), numbers(4)
MODULE = numbers(2, **{"parameter w": "(2, 3)"})
TOLD = "y[0] should be 2.0000, is 3.0000"
REDACTED = "y differs in every element"
NOT_ON_OTHERS = "right on the public inputs, but not on others: "


@pytest.fixture(autouse=True)
def made_up_bank(monkeypatch):
    unit = syllabus.Unit("a unit", (DOUBLE, BONUS), (A, B))
    monkeypatch.setattr(syllabus, "_by_name", lambda: {exercise.name: (unit, exercise) for exercise in unit.exercises})


def grade(
    shown, mistakes=None, cells=None, is_notebook=True, ready_made=None, references=None, unviewed=None, printed=None
) -> Grade:
    submission = Submission("a file", "a unit", cells or {1: "def double(x): pass"}, is_notebook)
    plan = Plan(submission, {"double": tuple(shown)}, {"double": "a seed"}, ready_made or {})
    answers = WrittenAnswers(mistakes, references or dict.fromkeys(shown, RIGHT), unviewed)
    (grade,) = judge(plan, Evidence(shown, printed=printed or {}), answers)
    return grade


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
