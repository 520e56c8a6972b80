"""Exercises that ask for a test: the lessons' own catch nearly everything, weak ones earn what they deserve."""

import pickle
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import syllabus
from autograder.evidence import Failure, FailureKind, Shown
from autograder.execution.executor import Executor
from autograder.execution.partner import Partner
from autograder.execution.responses import parse_error
from autograder.execution.work import Transcript, Work
from autograder.exercise import Trial
from autograder.intake.submission import from_python
from autograder.plan import make_plan
from autograder.protocol.candidates import LARGEST_ARRAY, LONGEST_AXIS, MOST_CALLS, BadQuestion, Line
from autograder.protocol.errors import describe_error
from autograder.protocol.probe import Observation, perform
from autograder.protocol.wire import Malformed, decode, encode
from autograder.protocol.written_tests import ACCEPTS, REFUSES, VERDICT, try_elsewhere
from autograder.shells.explanation import explain_grade
from autograder.shells.notebook_check import grade_here
from autograder.verdict import Grade, Outcome
from instructor.answers.live import reference_of
from instructor.authoring.lessons import find_lessons, unit_name
from instructor.authoring.percent import read_cells
from tests.judged import judge_shown

PROJECT = Path(__file__).resolve().parents[1]
UNITS = ("attention", "layer_norm", "encoder", "decoder", "transformer")
TESTS = [e for unit in syllabus.units().values() for e in unit.exercises if e.tests]
LAYER_NORM = syllabus.exercise("test_layer_norm")
SEED = "the seed of a course"
Test = Callable[[Callable[..., Any]], None]


def try_on_all(test: Test, exercise_name: str) -> Grade:
    """The grade of a test on every candidate of the bank, tried here instead of in a worker."""
    exercise = syllabus.exercise(exercise_name)
    shown = {trial: show(trial, test) for trial in exercise.trials(SEED)}
    return judge_shown(exercise, shown)


def show(trial: Trial, test: Test) -> Shown:
    candidate = syllabus.case_of(trial).candidate
    assert candidate is not None
    try:
        return perform(syllabus.probe_of(trial), {trial.exercise: test}, Partner(candidate()).answer)
    except Exception as error:
        return parse_error(describe_error(error))


def remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that computes each result once: a test gives it the same inputs for every candidate."""
    known: dict[bytes, Any] = {}

    def call(*arguments: Any, **keywords: Any) -> Any:
        key = pickle.dumps((arguments, keywords))
        if key not in known:
            known[key] = function(*arguments, **keywords)
        return known[key]

    return call


@cache
def own_test(exercise_name: str) -> Test:
    """The test in the lesson, with the reference in the place of a student's own function."""
    exercise = syllabus.exercise(exercise_name)
    unit = syllabus.unit_of(exercise_name).name
    lesson = next(path for path in find_lessons(PROJECT) if unit_name(path) == unit)
    tested = reference_of(syllabus.exercise(exercise.tests))[exercise.tests]
    namespace: dict[str, Any] = {"np": np, exercise.tests: remembered(tested)}
    for cell in read_cells(lesson):
        if cell.metadata.get("exercise") == exercise_name or cell.source.startswith("def draw_weights("):
            exec(cell.source, namespace)
    test: Test = namespace[exercise_name]
    return test


# ---- the bank


def test_five_units_ask_for_a_test_as_a_bonus():
    assert tuple(syllabus.unit_of(e.name).name for e in TESTS) == UNITS
    assert all(e.bonus and e.name == f"test_{e.tests}" and syllabus.unit_of(e.name).exercises[-1] is e for e in TESTS)


@pytest.mark.parametrize("exercise", TESTS, ids=lambda e: e.name)
def test_the_lessons_own_test_accepts_all_that_is_right_and_catches_at_least_95_percent(exercise):
    grade = try_on_all(own_test(exercise.name), exercise.name)
    right = [v for v in grade.verdicts if exercise.case_named(v.case).is_right]
    wrong = [v for v in grade.verdicts if v not in right]
    assert len(right) >= 6 and len(wrong) >= 50
    assert [v.promise for v in right if not v.passed] == []
    assert sum(v.passed for v in wrong) >= 0.95 * len(wrong)
    assert grade.score >= 0.95 * exercise.points


def test_a_grade_is_made_on_the_bank_alone_and_a_check_on_ones_own_function_alone():
    hidden, public = (LAYER_NORM.trials(seed) for seed in (SEED, None))
    assert all(syllabus.case_of(t).candidate and not t.is_public for t in hidden)
    assert all(not syllabus.case_of(t).candidate and t.is_public for t in public)
    asked = {repr(syllabus.probe_of(trial).actions) for trial in hidden}
    assert asked == {"({'do': 'try_on_candidate'},)"}, "a probe says which candidate it is for"


def test_a_process_that_has_candidates_never_has_a_hidden_input():
    """Else a test could tell hidden inputs by whom it refuses, which is reported."""
    asked: list[Work] = []

    class Noting(Executor):
        def leaves_nothing(self) -> bool:
            return True

        def carry_out(self, work: Work) -> Transcript:
            asked.append(work)
            unwritten = Failure(FailureKind.RAISED, "NotImplementedError")
            return Transcript({job.id: unwritten for job in (*work.jobs, *work.later)})

    for source in (OWN, f"{OWN}\n\ndef test_layer_norm(candidate):\n    raise NotImplementedError()"):
        plan = make_plan(
            from_python(source, "work.py", "layer_norm"), syllabus.units()["layer_norm"].exercises, "s" * 40
        )
        assert set(Noting().run(plan)) == set(plan.to_run)
    (ordinary, of_tests), (unwritten, nothing) = asked[:2], asked[2:]
    assert not any(job.partner for work in (ordinary, unwritten) for job in (*work.jobs, *work.later))
    assert of_tests.jobs and all(job.partner for job in of_tests.jobs) and not of_tests.later
    assert len(unwritten.later) == len(ordinary.later) + 1  # of what is not written, one is enough
    assert not (nothing.jobs or nothing.later)


def test_the_order_of_candidates_is_the_secrets():
    submission = from_python(OWN, "work.py", "layer_norm")
    first, other = (
        [trial.case for trial in make_plan(submission, [LAYER_NORM], letter * 40).to_run] for letter in "st"
    )
    assert first != other and sorted(first) == sorted(other)
    assert first != [case.name for case in LAYER_NORM.cases if case.hidden]


# ---- tests that deserve little


def sizes_differ(rng: Any) -> tuple[Any, Any, Any]:
    return rng.normal(size=(3, 5, 8)), rng.normal(size=8), rng.normal(size=8)


def shape_only(candidate):
    x, gamma, beta = sizes_differ(np.random.default_rng(0))
    assert candidate(x, gamma, beta).shape == x.shape


def ones_for_gamma_and_zeros_for_beta(candidate):
    x = np.random.default_rng(0).normal(size=(3, 5, 8))
    output = candidate(x, np.ones(8), np.zeros(8))
    assert np.allclose(output.mean(-1), 0, atol=1e-3) and np.allclose(output.std(-1), 1, atol=1e-3)


def heads_of(*inputs: Any, biases: bool = True) -> tuple[Any, ...]:
    """Arguments of multi-head attention: random weights, and two heads for eight features."""
    rng, d_model = np.random.default_rng(0), inputs[0].shape[-1]
    weights = {f"{name}.weight": rng.normal(size=(d_model, d_model)) for name in ("w_q", "w_k", "w_v", "w_o")}
    weights |= {name.replace("weight", "bias"): biases * rng.normal(size=d_model) for name in weights}
    return (*inputs, weights, max(1, d_model // 4))


def equal_sizes(candidate):
    given = heads_of(*np.random.default_rng(0).normal(size=(3, 4, 4, 4)))
    np.testing.assert_allclose(candidate(*given)[0], HEADS(*given)[0], rtol=1e-9)


def inputs_of_ones(candidate):
    given = heads_of(*np.ones((3, 3, 5, 8)))
    np.testing.assert_allclose(candidate(*given)[0], HEADS(*given)[0], rtol=1e-9)


def biases_of_zero(candidate):
    given = heads_of(*np.random.default_rng(0).normal(size=(3, 2, 5, 8)), biases=False)
    np.testing.assert_allclose(candidate(*given)[0], HEADS(*given)[0], rtol=1e-9, atol=1e-9)


def tolerance_of_a_hundredth(candidate):
    x, gamma, beta = sizes_differ(np.random.default_rng(0))
    np.testing.assert_allclose(candidate(x, gamma, beta), RIGHT(x, gamma, beta), atol=1e-2)


def compared_with_itself(candidate):
    given = sizes_differ(np.random.default_rng(0))
    assert np.array_equal(candidate(*given), candidate(*given))


def always_true(candidate):
    return True


def always_false(candidate):
    raise AssertionError("no")


def forgives_every_error(candidate):
    try:
        own_test("test_layer_norm")(candidate)
    except Exception:
        return


def takes_every_difference_for_a_mistake(candidate):
    given = sizes_differ(np.random.default_rng(0))
    assert np.array_equal(candidate(*given), RIGHT(*given))


def accuses_at_random(candidate):
    assert np.random.default_rng().random() < 0.5


def looks_at_the_name(candidate):
    assert candidate.__name__ == "layer_norm" or type(candidate).__name__ == "function"


def refuses_what_it_need_not_take(candidate):
    x, gamma, beta = (a.astype(np.float32) for a in sizes_differ(np.random.default_rng(0)))
    assert candidate(x, gamma, beta).dtype == np.float32


RIGHT = reference_of(syllabus.exercise("layer_norm"))["layer_norm"]
HEADS = reference_of(syllabus.exercise("multi_head_attention"))["multi_head_attention"]
OF_HEADS = (equal_sizes, inputs_of_ones, biases_of_zero)
WEAK = {  # and the share of the mistakes that it catches; None where it refuses right code
    shape_only: (0.0, 0.1),
    ones_for_gamma_and_zeros_for_beta: (0.3, 0.6),
    equal_sizes: (0.4, 0.65),
    inputs_of_ones: (0.3, 0.5),
    biases_of_zero: (0.5, 0.75),
    tolerance_of_a_hundredth: (0.4, 0.7),
    compared_with_itself: (0.0, 0.1),
    always_true: (0.0, 0.0),
    always_false: None,
    forgives_every_error: (0.0, 0.0),
    takes_every_difference_for_a_mistake: None,
    accuses_at_random: (0.0, 0.0),
    looks_at_the_name: (0.0, 0.0),
    refuses_what_it_need_not_take: None,
}


@pytest.mark.parametrize(("test", "share"), WEAK.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_weak_test_earns_what_it_deserves(test, share):
    grade = try_on_all(test, "test_multi_head_attention" if test in OF_HEADS else "test_layer_norm")
    if share is None:
        assert grade.score == 0
        assert [f.name for f in grade.findings] == ["refuses-right-code"]
        assert explain_grade(grade).paragraphs[0].head.startswith("Your test refuses right code, so it earns nothing: ")
    else:
        low, high = share
        assert low * grade.points <= grade.score <= high * grade.points
        assert all(f.name.startswith("lets-through-") for f in grade.findings)


def test_the_report_names_what_a_test_lets_through():
    grade = try_on_all(tolerance_of_a_hundredth, "test_layer_norm")
    (paragraph,) = explain_grade(grade).paragraphs
    missed, total = map(int, re.findall(r"lets (\d+) of (\d+) wrong", paragraph.head)[0])
    assert (missed, total) == (len(grade.findings), len(grade.verdicts) - 6)
    sentences = {m.sentence for m in syllabus.units()["layer_norm"].misconceptions}
    assert set(paragraph.details[:-1]) <= sentences
    assert paragraph.details[-1] == f"… and {missed - len(paragraph.details) + 1} more."


# ---- right tests that are written otherwise


def raises_by_hand(got: Any, right: Any) -> None:
    if np.shape(got) != right.shape or not np.abs(got - right).max() < 1e-9:
        raise AssertionError


def with_unittest(got: Any, right: Any) -> None:
    import unittest

    unittest.TestCase().assertTrue(np.allclose(got, right, rtol=1e-9, atol=1e-9))


def with_an_error_of_its_own(got: Any, right: Any) -> None:
    if not np.allclose(got, right, rtol=1e-9, atol=1e-9):
        raise ValueError("an error refuses as well")


@pytest.mark.parametrize("compare", [raises_by_hand, with_unittest, with_an_error_of_its_own])
def test_how_a_test_says_no_does_not_matter(compare):
    def test(candidate):
        given = sizes_differ(np.random.default_rng(0))
        compare(candidate(*given), RIGHT(*given))

    def usual(candidate):
        given = sizes_differ(np.random.default_rng(0))
        np.testing.assert_allclose(candidate(*given), RIGHT(*given), rtol=1e-9, atol=1e-9)

    assert try_on_all(test, "test_layer_norm").score == try_on_all(usual, "test_layer_norm").score > 0.5


OF_THE_MACHINE = [MemoryError("no memory"), OSError("too many open files"), RuntimeError("can't start new thread")]


@pytest.mark.parametrize("error", OF_THE_MACHINE, ids=lambda error: type(error).__name__)
def test_what_the_machine_has_too_little_of_is_no_refusal(error):
    def test(candidate):
        given = sizes_differ(np.random.default_rng(0))
        try:
            is_right = np.allclose(candidate(*given), RIGHT(*given))
        except Exception:
            is_right = False
        if not is_right:
            raise error

    grade = try_on_all(test, "test_layer_norm")
    assert grade.score == 0
    assert sum(verdict.outcome is Outcome.CRASHED for verdict in grade.failed) > len(LAYER_NORM.cases) / 2


@pytest.mark.parametrize("error", OF_THE_MACHINE[:2], ids=lambda error: type(error).__name__)
def test_what_a_candidate_raises_is_a_refusal(error):
    def candidate():
        raise error

    assert reach(candidate, lambda far: far()) == REFUSES


# ---- the line to a candidate


def reach(function: Callable[..., Any], test: Test) -> str:
    """Try a test on a function at the other end of a line, with all that is said as bytes."""
    partner = Partner(function)

    def ask(question: dict[str, Any]) -> dict[str, Any]:
        frame = encode(partner.answer(decode(*_split(encode(question)))))
        answer: dict[str, Any] = decode(*_split(frame))
        return answer

    return try_elsewhere(test, ask)


def _split(frame: bytes) -> tuple[bytes, bytes]:
    from autograder.protocol.wire import LENGTHS

    size = LENGTHS.unpack(frame[: LENGTHS.size])[0] + LENGTHS.size
    return frame[LENGTHS.size : size], frame[size:]


def test_everything_that_can_be_handed_over_arrives_as_it_is():
    given: list[Any] = []

    def candidate(*arguments, **keywords):
        given.append((arguments, keywords))
        return {"a": (np.float32(2), [None, True]), "b": arguments[0]}

    def test(far):
        x = np.arange(6.0).reshape(2, 3)
        got = far(x, x, x.T, weights={"w": np.ones(2, dtype=bool)}, num_heads=2, eps=0.1)
        assert list(got) == ["a", "b"] and got["a"][1] == [None, True] and type(got["a"][0]) is np.float32
        assert np.array_equal(got["b"], x)

    assert reach(candidate, test) == ACCEPTS
    ((x, same, strided), keywords) = given[0]
    assert x is same and not strided.flags.c_contiguous and strided.shape == (3, 2)
    assert keywords["weights"]["w"].dtype == bool and keywords["num_heads"] == 2 and keywords["eps"] == 0.1


def test_an_array_that_the_candidate_changes_is_changed_for_the_test():
    def candidate(x, weights):
        x += 1
        weights["w"][0] = 7

    def test(far):
        x, weights = np.zeros(3), {"w": np.zeros(2)}
        far(x, weights)
        assert x.tolist() == [1, 1, 1] and weights["w"].tolist() == [7, 0]

    assert reach(candidate, test) == ACCEPTS


@pytest.mark.parametrize(
    ("raised", "caught"),
    [(ValueError, ValueError), (np.exceptions.AxisError, ValueError), (NotImplementedError, RuntimeError)],
)
def test_an_exception_of_the_candidate_is_one_of_the_same_kind_for_the_test(raised, caught):
    def candidate(x):
        raise raised("d_model must be divisible")

    def test(far):
        with pytest.raises(caught, match="must be divisible"):
            far(np.zeros(2))

    assert reach(candidate, test) == ACCEPTS
    assert reach(candidate, lambda far: far(np.zeros(2))) == REFUSES


BIG = {
    "too often": lambda far: [far(np.zeros(1)) for _ in range(MOST_CALLS + 1)],
    "a giant array": lambda far: far(np.broadcast_to(np.zeros(()), (1 << 20, 1 << 20))),
    "a long axis": lambda far: far(np.zeros(LONGEST_AXIS + 1)),
    "a large array": lambda far: far(np.zeros((LONGEST_AXIS, LARGEST_ARRAY // LONGEST_AXIS + 1))),
    "large when broadcast": lambda far: far(np.zeros((64, 1, 64, 1)), np.zeros((1, 64, 1, 64))),
    "a large number": lambda far: far(10**9),
    "an object": lambda far: far(object()),
    "an array of objects": lambda far: far(np.array([object()])),
    "a function": lambda far: far(print),
}


@pytest.mark.parametrize("ask", BIG.values(), ids=list(BIG))
def test_whoever_asks_too_much_is_told_even_if_the_test_catches_the_error(ask):
    def test(far):
        try:
            ask(far)
        except Exception:
            return

    asked: list[Any] = []
    with pytest.raises(BadQuestion, match=r"your test|too large|cannot be handed over"):
        reach(lambda *arguments: asked.append(arguments), test)
    assert len(asked) <= MOST_CALLS


@pytest.mark.parametrize(
    "question",
    [
        None,
        {},
        {"arguments": {"list": [np.zeros(LONGEST_AXIS + 1)]}, "keywords": {"dict": []}},
        {"arguments": {"list": [1 << 30]}, "keywords": {"dict": []}},
        {"arguments": {"tuple": []}, "keywords": {"dict": []}},
        {"arguments": {"list": [{"scalar": np.zeros(3)}]}, "keywords": {"dict": []}},
        {"arguments": {"list": [{"no kind": 1}]}, "keywords": {"dict": [["a"]]}},
    ],
)
def test_the_trusted_side_relies_on_no_check_but_its_own(question):
    with pytest.raises(Malformed):
        Partner(lambda *arguments: pytest.fail("it was asked")).answer(question)


def test_a_candidate_answers_no_longer_than_its_test_runs():
    kept: list[Callable[..., Any]] = []
    assert reach(lambda x: x, kept.append) == ACCEPTS
    with pytest.raises(RuntimeError, match="is over"):
        kept[0](np.zeros(2))


def test_random_numbers_are_the_same_at_each_run():
    drawn: list[float] = []
    for _ in range(2):
        reach(lambda x: x, lambda far: drawn.append(np.random.default_rng().random()))
    assert drawn[0] == drawn[1] != np.random.default_rng().random()


# ---- through the whole grader


OWN = """
import numpy as np
def layer_norm(x, gamma, beta, eps=1e-5):
    centred = x - x.mean(-1, keepdims=True)
    return gamma * centred / np.sqrt((centred**2).mean(-1, keepdims=True) + eps) + beta
"""
EQUAL_SIZES = """
def test_layer_norm(candidate):
    x, gamma, beta = np.random.default_rng().normal(size=(3, 4, 4))
    np.testing.assert_allclose(candidate(x, gamma[0], beta[0]), layer_norm(x, gamma[0], beta[0]), rtol=1e-9)
"""


def test_the_worker_and_this_process_say_the_same_of_a_test(grader):
    here: dict[str, Any] = {}
    exec(OWN + EQUAL_SIZES, here)
    (grade,) = grader.grade(from_python(OWN + EQUAL_SIZES, "work.py", "layer_norm"), [LAYER_NORM], "s" * 40)
    expected = try_on_all(here["test_layer_norm"], "test_layer_norm")
    assert 0.2 < grade.score == expected.score < 1.8
    assert {f.name for f in grade.findings} == {f.name for f in expected.findings}


def check_here(source: str) -> Grade:
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    return grade_here("test_layer_norm", namespace, {})


def test_a_notebooks_check_puts_mistakes_around_the_students_own_function():
    grade = check_here(OWN + EQUAL_SIZES)
    assert grade.seed is None and not grade.notes
    assert [f.sentence for f in grade.findings] == [
        "Your test lets through: eps is 1e-5, whatever is given.",
        "Your test lets through: a result is given again whenever the shapes are the same.",
        "Your test lets through: inputs above 100 give nan.",
    ]


def test_where_ones_own_function_is_not_right_yet_the_check_says_so():
    grade = check_here(OWN.replace("+ eps", "+ 2 * eps") + EQUAL_SIZES)
    assert "Your own `layer_norm` does not pass its check yet" in grade.notes[0]


def test_where_ones_own_function_is_refused_its_words_are_shown():
    grade = check_here(OWN + "def test_layer_norm(candidate):\n    raise AssertionError('rows do not sum to 1')\n")
    assert grade.score == 0 and grade.findings[0].name == "refuses-right-code"
    assert explain_grade(grade).printed == "AssertionError: rows do not sum to 1"


@pytest.mark.parametrize(
    ("own", "outcome"),
    [
        ("def layer_norm(*_):\n    raise NotImplementedError()\n", Outcome.NOT_ATTEMPTED),
        ("", Outcome.CRASHED),
    ],
)
def test_without_a_function_of_ones_own_nothing_is_said_about_the_test(own, outcome):
    grade = check_here(
        "import numpy as np\n" + own + "def test_layer_norm(candidate):\n    candidate(np.ones(3), 1, 0)\n"
    )
    assert grade.outcome is outcome and grade.score == 0
    assert not grade.findings


def test_a_test_that_is_not_written_is_not_attempted():
    grade = try_on_all(lambda candidate: (_ for _ in ()).throw(NotImplementedError()), "test_layer_norm")
    assert grade.outcome is Outcome.NOT_ATTEMPTED and grade.score == 0 and not grade.findings


def test_a_test_that_crashes_on_right_code_earns_nothing():
    def show_crash(trial: Trial) -> Shown:
        is_right = syllabus.case_of(trial).is_right
        return Failure(FailureKind.RAISED, "BadQuestion") if is_right else Observation(facts={VERDICT: REFUSES})

    grade = judge_shown(LAYER_NORM, {trial: show_crash(trial) for trial in LAYER_NORM.trials(SEED)})
    assert grade.score == 0
    assert "comes to no verdict on right code" in grade.findings[0].sentence


def test_a_line_needs_a_candidate():
    with pytest.raises(RuntimeError, match="no candidate"):
        try_elsewhere(always_true, None)
    assert Line().is_open
