"""Every check of the bank can fail, and every known mistake is called by its own name."""

import importlib
import pkgutil
import re
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from autograder import syllabus
from autograder.answers.views import apply_view
from autograder.evidence import Failure, Shown
from autograder.exercise import PUBLIC, Case, Exercise, Misconception, Trial, misconceptions_in
from autograder.intake import submission
from autograder.judging.likeness import passes
from autograder.protocol.probe import Observation, perform
from autograder.verdict import Grade, Outcome
from instructor.answers.failing import FAILS, is_known_to_fail, recorded
from instructor.answers.reach import reaches
from instructor.authoring.record_failing import seeds_of
from instructor.misconceptions.attention.steps import Attention
from tests.judged import ANSWERS, RECORDED, WithoutMistakes, assert_same, judge_shown
from tests.sampled import sample

SEEDS = (PUBLIC, "the secret of a course")


def compared(unit: syllabus.Unit) -> list[Exercise]:
    """The exercises that are compared with the reference; tests that students write have a file of their own."""
    return [exercise for exercise in unit.exercises if not exercise.tests]


MISCONCEPTIONS = [(unit, m) for unit in syllabus.units().values() for m in unit.misconceptions]
UNUSUAL = sorted(Path(__file__).parent.glob("unusual/*/*.py"))

TYPED = (  # crash in a block, which in these tests checks types: in other words
    "dec-attention-one-argument",
    "dec-cross-values-from-target",
    "enc-attention-one-argument",
    "model-embeddings-swapped",
    "model-mask-without-axes",
)

each_seed = pytest.mark.parametrize("seed", SEEDS, ids=["public", "secret"])
each_unit = pytest.mark.parametrize("unit", syllabus.units().values(), ids=lambda unit: unit.name)


def tried(known: Sequence[Misconception], seed: str) -> Sequence[Misconception]:
    """A sample of misconceptions, on hidden inputs a smaller one."""
    return sample(known, 120 if seed == PUBLIC else 360)


TRIED = [
    pytest.param(unit, m, seed, id=f"{name}-{m.name}")
    for seed, name, one_in in zip(SEEDS, ("public", "secret"), (1, 4), strict=True)
    for unit in sample([*syllabus.units().values()], one_in)
    for m in tried(unit.misconceptions, seed)
]


def trials_of(exercise: Exercise, seed: str) -> list[Trial]:
    return [Trial(exercise.name, c.name, seed) for c in exercise.cases if not (c.hidden and seed == PUBLIC)]


def shown_by(trial: Trial, mistake: Misconception) -> Shown:
    """What a misconception shows before the case's view is applied; where there is none, as it is remembered."""
    return ANSWERS.unviewed_mistake(trial, mistake) if syllabus.case_of(trial).view else ANSWERS.mistake(trial, mistake)


@cache
def grade_of(unit_name: str, exercise_name: str, mistake: str, seed: str) -> Grade:
    """Grade a misconception as if a student had handed it in, on public inputs as the student's package does it."""
    exercise = syllabus.exercise(exercise_name)
    misconception = next(m for m in syllabus.units()[unit_name].misconceptions if m.name == mistake)
    shown = {trial: shown_by(trial, misconception) for trial in trials_of(exercise, seed)}
    return judge_shown(
        exercise, shown, unit=unit_name, answers=RECORDED if seed == PUBLIC and mistake not in TYPED else ANSWERS
    )


def failed_verdicts(unit: syllabus.Unit, mistake: Misconception, seed: str) -> list:
    grades = [grade_of(unit.name, e.name, mistake.name, seed) for e in compared(unit)]
    return [v for g in grades for v in g.verdicts if v.outcome is not Outcome.PASSED]


def error(case: Case, wanted: Observation, got: Observation | Failure) -> float:
    """The largest |got - wanted| / (1 + |wanted|) of all graded elements; infinite where more than a number differs."""
    if isinstance(got, Failure) or got.facts != wanted.facts or not wanted.arrays.keys() <= got.arrays.keys():
        return np.inf
    ungraded = case.ungraded()
    return max((array_error(a, got.arrays[n], ungraded.get(n)) for n, a in wanted.arrays.items()), default=0.0)


def array_error(wanted: np.ndarray, got: np.ndarray, ungraded: np.ndarray | None) -> float:
    if wanted.shape != got.shape or wanted.dtype != got.dtype:
        return np.inf
    with np.errstate(all="ignore"):
        gap = np.abs(got.astype(float) - wanted.astype(float)) / (1 + np.abs(wanted.astype(float)))
    gap = np.where((got == wanted) | (np.isnan(got) & np.isnan(wanted)), 0.0, np.where(np.isnan(gap), np.inf, gap))
    if ungraded is not None:
        gap = np.where(ungraded, np.where(np.isfinite(got), 0.0, np.inf), gap)
    return float(gap.max(initial=0.0))


def tolerances(exercise: Exercise, seed: str, mistake: Misconception) -> list[float]:
    """By how many tolerances a misconception misses in each case."""
    return [
        error(syllabus.case_of(trial), ANSWERS.reference(trial), ANSWERS.mistake(trial, mistake))
        / exercise.tolerance_of(trial.case)
        for trial in trials_of(exercise, seed)
    ]


# ---- the mistakes


@pytest.mark.parametrize(("unit", "mistake", "seed"), TRIED)
def test_every_misconception_loses_points_and_each_failing_case_is_called_by_its_own_name(unit, mistake, seed):
    failed = failed_verdicts(unit, mistake, seed)
    assert failed, f"{mistake.name} gets full marks"
    others = [(v.exercise, v.case, v.misconception, v.where) for v in failed if v.misconception != mistake.name]
    assert others == []
    assert {v.cause for v in failed} == {mistake.sentence}


@pytest.mark.parametrize(
    ("unit", "mistake"),
    [(unit, m) for unit, m in sample(MISCONCEPTIONS, 240) if m.name not in TYPED],
    ids=lambda value: value.name,
)
def test_a_student_is_told_of_a_misconception_what_the_course_says(unit, mistake):
    """What is recorded says what the bank says. `python -m instructor.authoring.record UNIT` records it anew."""
    for exercise in compared(unit):
        shown = {trial: shown_by(trial, mistake) for trial in trials_of(exercise, PUBLIC)}
        assert_same(*(judge_shown(exercise, shown, unit=unit.name, answers=known) for known in (ANSWERS, RECORDED)))


@each_unit
@each_seed
def test_what_is_recorded_of_failing_cases_is_true(unit, seed):
    """`python -m instructor.authoring.record_failing UNIT` records it anew."""
    for exercise in compared(unit):
        known = ANSWERS.relevant(exercise)
        assert recorded()[exercise.name].keys() == {m.name for m in known}
        wrong = [
            (trial.case, m.name)
            for trial in trials_of(exercise, seed)
            for m in tried(known, seed)
            if is_known_to_fail(exercise.name, trial.case, m.name)
            is passes(exercise, trial, ANSWERS.reference(trial), ANSWERS.mistake(trial, m))
        ]
        assert wrong == []


def test_more_inputs_are_tried_where_masks_or_tokens_are_drawn_in_any_form():
    layer, batches = syllabus.exercise("decoder_layer"), syllabus.exercise("pad_batch")
    tried_on = [len(seeds_of(layer, case)) for case in ("plain", "padded-source", "not-contiguous")]
    assert tried_on == [3, 12, 12]
    assert [len(seeds_of(batches, case)) for case in ("filled", "sequences-unchanged")] == [12, 48]


@each_unit
@each_seed
def test_no_misconception_lies_near_the_tolerance(unit, seed):
    pairs = [(e, m) for e in compared(unit) for m in tried(ANSWERS.relevant(e), seed)]
    missed = {(e.name, m.name): max(tolerances(e, seed, m)) for e, m in pairs}
    assert max(missed.values()) >= 10
    assert {which: distance for which, distance in missed.items() if 1 < distance < 10} == {}


@each_unit
def test_a_misconception_passes_every_exercise_that_it_does_not_reach(unit):
    seed = SEEDS[1]
    pairs = [(m, e) for m in unit.misconceptions for e in compared(unit) if not reaches(m, e.name, e.library)]
    assert pairs
    assert [(m.name, e.name) for m, e in sample(pairs, 216) if max(tolerances(e, seed, m)) > 1] == []


def test_every_misconception_has_a_sentence():
    sentences = {m.name: m.sentence for _, m in MISCONCEPTIONS}
    assert {name: text for name, text in sentences.items() if not is_sentence(text)} == {}


def is_sentence(text: str) -> bool:
    begins, ends = text[:1].isupper() or text[:1] == "`", text.endswith(".")
    return begins and ends and text.isprintable() and len(text.split()) >= 5 and not text.startswith("Unit ")


def test_the_fill_that_a_sentence_advises_passes_every_case():
    fills = [m for _, m in MISCONCEPTIONS if m.name.startswith("mask-fill") and "infinity-everywhere" not in m.name]
    advised = {m.name: re.findall(r"such as (-[\de]+)\.", m.sentence) for m in fills}
    assert {name: found for name, found in advised.items() if len(found) != 1} == {}

    class Advised(Attention):
        number = 0.0

        def fill(self, scores, mask, value):
            return super().fill(scores, mask, self.number)

    exercise = syllabus.exercise("scaled_dot_product_attention")
    for (number,) in set(map(tuple, advised.values())):
        Advised.number = float(number)
        for trial in exercise.trials(None):
            right, ours = (perform(syllabus.probe_of(trial), c.namespace("numpy")) for c in (Attention, Advised))
            assert passes(exercise, trial, right, ours), trial.case


@each_unit
def test_no_two_misconceptions_share_a_name_or_a_sentence(unit):
    names = [name for m in unit.misconceptions for name in (m.name, *m.also)]
    sentences = [m.sentence for m in unit.misconceptions]
    assert sorted(names) == sorted(set(names))
    assert sorted(sentences) == sorted(set(sentences))


@each_unit
def test_a_unit_lists_all_its_topics(unit):
    package = importlib.import_module(f"instructor.misconceptions.{unit.name}")
    files = pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    topics = [importlib.import_module(file.name) for file in files]
    assert Counter(misconceptions_in(*topics)) == Counter(unit.misconceptions)


@each_unit
def test_a_misconception_that_a_topic_imports_is_not_one_of_its_own(unit):
    topic = ModuleType("a_topic")
    vars(topic).update({m.name: m.steps for m in unit.misconceptions})
    assert misconceptions_in(topic) == []


# ---- the cases


@each_unit
def test_every_case_is_failed_by_a_misconception(unit):
    cases = [(e.name, case.name) for e in compared(unit) for case in e.cases]
    assert [(e, case) for e, case in cases if not any(m[case] == FAILS for m in recorded()[e].values())] == []


@each_unit
def test_cases_have_promises_and_names_of_their_own(unit):
    for exercise in unit.exercises:
        assert exercise.points > 0
        assert exercise.cases
        assert len({case.name for case in exercise.cases}) == len(exercise.cases)
        assert all(len(case.promise.split()) >= 4 and not case.promise.endswith(".") for case in exercise.cases)


@each_unit
def test_two_seeds_draw_different_inputs_and_one_seed_draws_the_same(unit):
    seeds = SEEDS[1], SEEDS[1], SEEDS[0]
    for exercise in sample(compared(unit), 4):
        first, again, other = ([repr(exercise.probe(c, seed)) for c in exercise.cases] for seed in seeds)
        assert first == again
        assert first != other


# ---- right code


def right_steps(unit: syllabus.Unit):
    """The class of which every misconception of a unit overrides a step."""
    roots = {next(c for c in reversed(m.steps.__mro__) if hasattr(c, "namespace")) for m in unit.misconceptions}
    assert len(roots) == 1
    return roots.pop()


def observe(trial: Trial, namespace: Mapping) -> Observation:
    return apply_view(syllabus.case_of(trial), perform(syllabus.probe_of(trial), namespace))


@each_unit
@each_seed
def test_the_steps_without_a_mistake_get_full_marks(unit, seed):
    for exercise in sample(compared(unit), 2):
        namespace = right_steps(unit).namespace(exercise.library)
        shown = {trial: perform(syllabus.probe_of(trial), namespace) for trial in trials_of(exercise, seed)}
        grade = judge_shown(exercise, shown, unit=unit.name)
        assert [(v.case, v.where) for v in grade.verdicts if v.outcome is not Outcome.PASSED] == []
        assert grade.score == exercise.points


@pytest.mark.parametrize("path", sample(UNUSUAL, 48), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_right_code_stays_within_a_tenth_of_the_tolerance(path):
    read = submission.read(path)
    namespace = {"__name__": "__main__"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for source in read.cells.values():
            run(source, namespace)
        far = [
            (trial, round(distance, 2))
            for exercise in syllabus.units()[read.unit].exercises
            if exercise.name in namespace
            for seed in SEEDS[:2]
            for trial in trials_of(exercise, seed)
            if (distance := missed_by(trial, namespace)) > 0.1
        ]
    assert far == []


def missed_by(trial: Trial, namespace: Mapping) -> float:
    distance = error(syllabus.case_of(trial), ANSWERS.reference(trial), observe(trial, namespace))
    return distance / syllabus.exercise(trial.exercise).tolerance_of(trial.case)


def run(source: str, namespace: dict) -> None:
    with suppress(AssertionError):
        exec(compile(source, "<cell>", "exec", dont_inherit=True), namespace)


# ---- what a student's process may send


ODD_ARRAYS: dict[str, np.ndarray] = {
    "a number": np.zeros(()),
    "an empty array": np.zeros((0,)),
    "a vector": np.zeros(3),
    "a square": np.full((3, 3), np.nan),
    "five axes": np.zeros((3, 1, 2, 5, 7)),
    "integers": np.zeros((3, 5, 7), dtype=np.int64),
    "booleans": np.ones((3, 5, 7), dtype=bool),
    "half precision": np.full((3, 5, 7), np.inf, dtype=np.float16),
}


@pytest.mark.parametrize(
    ("unit", "odd"),
    sample([(unit, odd) for unit in syllabus.units().values() for odd in ODD_ARRAYS], 7),  # each array, and each unit
    ids=lambda value: getattr(value, "name", value),
)
def test_whatever_arrays_a_student_sends_every_case_gives_a_verdict(unit, odd):
    for exercise in compared(unit):
        shown = {}
        for trial in trials_of(exercise, SEEDS[1]):
            names = ANSWERS.unviewed_reference(trial).arrays
            shown[trial] = Observation(dict.fromkeys(names, ODD_ARRAYS[odd]), {"a fact": "of nobody"})
        grade = judge_shown(exercise, shown, unit=unit.name, answers=WithoutMistakes())
        assert {v.outcome for v in grade.verdicts} == {Outcome.WRONG}
