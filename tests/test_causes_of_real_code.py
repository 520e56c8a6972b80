"""Code as students write it, with one, two or three faults: the main cause is named first, and none is named wrongly.

`causes/` has whole files. `causes/plain/` has right code in the common style, which the edits below make wrong.
"""

import json
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from autograder import syllabus
from autograder.execution.blocks_of_unit import GIVEN
from autograder.exercise import Exercise, Misconception, combine
from autograder.grading import Grader
from autograder.intake import submission
from autograder.judging.diagnose import diagnose
from autograder.judging.likeness import is_same, passes
from autograder.shells.notebook_check import grade_here
from autograder.verdict import Grade
from tests.judged import ANSWERS, RECORDED
from tests.sampled import sample, sample_each

FOLDER = Path(__file__).with_name("causes")
PLAIN = FOLDER / "plain"
PLAIN_FILES = sorted(PLAIN.glob("*.py"))
PAIRS = json.loads((FOLDER / "pairs.json").read_text(encoding="utf-8"))  # drawn by chance; they crash nowhere

FILES = {  # the causes, the main one first
    "axes_two_and_three_by_number": "kt-swaps-two-and-three",
    "crashes_without_a_mask_and_no_check": "mask-none-crashes mha-divisibility-unchecked",
    "dropout_after_each_norm": "dec-dropout-after-norms",
    "dropout_after_the_first_norm": "enc-dropout-after-first-norm",
    "gamma_late_and_another_default": "bwd-ln-gamma-late ln-eps-default-thousandth",
    "greedy_for_one_sentence": "greedy-one-sentence",
    "mask_equals_true_and_no_check": "mask-truthiness mha-divisibility-unchecked",
    "merged_without_transpose_and_assert": "mha-merge-without-transpose mha-divisibility-asserted",
    "minus_infinity_and_assert": "mask-fill-minus-infinity-everywhere mha-divisibility-asserted",
    "minus_infinity_in_a_whole_row": "mask-fill-minus-infinity-everywhere",
    "norms_result_dropped": "enc-no-norms",
    "one_residual_for_three": "dec-one-norm",
    "outside_and_another_default": "ln-eps-outside ln-eps-default",
    "roles_of_cross_attention": "dec-cross-values-from-target",
    "root_of_d_model_and_assert": "scale-by-dmodel mha-divisibility-asserted",
    "unbiased_outside_and_another_default": "ln-unbiased-eps-outside ln-eps-default",
}

EDITS = json.loads((FOLDER / "edits.json").read_text(encoding="utf-8"))
SOME_EDITS = sample_each(EDITS, 4, itemgetter("exercise"), fewest=1)


def grade_code(read: submission.Submission, exercise: str, grader: Grader | None = None) -> Grade:
    """The grade of one exercise of some code, on public inputs: in this process, or by a grader."""
    if grader:
        return grader.grade(read, [syllabus.exercise(exercise)])[0]
    namespace: dict[str, Any] = {}
    for number, source in read.cells.items():
        exec(compile(source, f"<cell {number}>", "exec"), namespace)
    return grade_here(exercise, namespace, read.cells)


def named(grade: Grade) -> str:
    return " ".join(finding.name for finding in grade.findings)


@pytest.mark.parametrize(("name", "causes"), sample([*FILES.items()], 3))
def test_whole_files_have_their_causes(name, causes, grader):
    read = submission.read(FOLDER / f"{name}.py")
    (exercise,) = (e.name for e in syllabus.units()[read.unit].exercises if read.code.defines(e.name))
    grade = grade_code(read, exercise, grader)
    assert named(grade) == causes
    assert {case for finding in grade.findings for case in finding.cases} == {v.case for v in grade.failed}


def test_every_file_has_its_causes():
    assert {path.stem for path in FOLDER.glob("*.py")} == set(FILES)


@pytest.mark.parametrize(
    ("unit", "exercise"),
    sample([(path.stem, e.name) for path in PLAIN_FILES for e in syllabus.units()[path.stem].exercises], 4),
)
def test_what_the_edits_make_wrong_is_right(unit, exercise, grader):
    read = submission.read(PLAIN / f"{unit}.py")
    if read.code.defines(exercise):
        grade = grade_code(read, exercise, grader if unit in GIVEN else None)  # in tests blocks check types, too
        assert (named(grade), grade.failed) == ("", ())


@pytest.mark.parametrize("edit", SOME_EDITS, ids=lambda edit: f"{edit['exercise']}-{EDITS.index(edit)}")
def test_an_edit_of_right_code_has_its_causes(edit, grader):
    source = (PLAIN / f"{edit['unit']}.py").read_text(encoding="utf-8")
    for right, wrong in edit["edits"].items():
        assert right in source
        source = source.replace(right, wrong)
    read = submission.from_python(source, "edited.py", edit["unit"])
    grade = grade_code(read, edit["exercise"], grader if edit["unit"] in GIVEN else None)
    assert named(grade) == edit["causes"]


# ---- pairs that the hints of a lesson warn of

HINTED = (
    ("encoder_layer", "enc-shared-norm", "enc-mask-dropped"),
    ("encoder_layer", "enc-shared-norm", "enc-residual-from-input"),
    ("encoder_layer", "enc-residual-from-input", "enc-mask-dropped"),
    ("decoder_layer", "dec-memory-normed", "dec-one-norm"),
    ("decoder_layer", "dec-one-norm", "dec-cross-residual-is-input"),
    ("decoder_layer", "dec-cross-query-is-input", "dec-no-causal"),
    ("decoder_layer_backward", "dec-bwd-norm-of-input", "dec-bwd-masks-forgotten"),
    ("decoder_layer_backward", "dec-bwd-pre-norm", "dec-bwd-memory-overwritten"),
    ("decoder_layer_backward", "dec-bwd-names-collide", "dec-bwd-masks-forgotten"),
    ("bleu", "bleu-sentence-average", "bleu-zero-crashes"),
    ("bleu", "bleu-sentence-average", "bleu-short-ngrams"),
    ("bleu", "bleu-share", "bleu-shortest-reference"),
)


@pytest.mark.parametrize(("exercise", "one", "other"), sample(HINTED, 4), ids=lambda name: name)
def test_of_two_mistakes_that_the_hints_warn_of_a_student_is_told_both(exercise, one, other):
    asked, both = pair_of(exercise, one, other)
    shown = {trial: ANSWERS.mistake(trial, both) for trial in asked.trials(None)}
    found = diagnose(asked, shown, failing(asked, both), RECORDED)
    assert {m.name for m in found.mistakes} == {one, other}
    assert set(found.blamed) == set(failing(asked, both))


# ---- pairs of unrelated misconceptions


def pair_of(exercise: str, one: str, other: str) -> tuple[Exercise, Misconception]:
    """An exercise, and two of its misconceptions in one implementation."""
    asked = syllabus.exercise(exercise)
    both = combine(tuple(m for m in ANSWERS.relevant(asked) if m.name in (one, other)))
    assert both
    return asked, both


def failing(exercise: Exercise, mistake: Misconception) -> list:
    """The public trials that a misconception, or several in one implementation, fail."""
    trials = exercise.trials(None)
    return [t for t in trials if not passes(exercise, t, ANSWERS.reference(t), ANSWERS.mistake(t, mistake))]


def test_there_are_a_hundred_pairs_and_each_is_of_two_topics():
    assert len({(exercise, one, other) for exercise, one, other in PAIRS}) == 100
    topics = {m.name: m.steps.__module__ for unit in syllabus.units().values() for m in unit.misconceptions}
    assert [pair for pair in PAIRS if topics[pair[1]] == topics[pair[2]]] == []


@pytest.mark.parametrize("names", sample(PAIRS, 10), ids=" ".join)
def test_of_two_mistakes_at_once_none_is_named_wrongly_and_the_main_one_is_named(names):
    exercise, both = pair_of(*names)
    shown = {trial: ANSWERS.mistake(trial, both) for trial in exercise.trials(None)}
    wrong = failing(exercise, both)
    found = diagnose(exercise, shown, wrong, ANSWERS)
    one, other = (set(failing(exercise, m)) for m in ANSWERS.relevant(exercise) if m.name in both.name.split("+"))
    if not {m.name for m in found.mistakes} <= set(both.name.split("+")):  # others that do the same in every trial
        same = combine(found.mistakes)
        assert same
        assert all(is_same(exercise, t, shown[t], ANSWERS.mistake(t, same)) for t in shown)
    if one ^ other:  # where each changes every trial, no trial shows one of them alone
        assert found.mistakes
    refuted = [m.name for m in found.mistakes if not set(failing(exercise, m)) <= set(wrong)]
    assert refuted == []
