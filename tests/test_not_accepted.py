"""Wrong code that public courses accept loses points here, and the student is told which mistake it is.

The files in `submissions` are written as students write, and know nothing of the bank's own wrong implementations.
"""

from pathlib import Path

import pytest

from autograder import syllabus
from autograder.intake import submission
from autograder.verdict import Grade, Outcome
from tests.sampled import sample

SECRET = "a secret of thirty-two characters and more"
FOLDER = Path(__file__).parent / "submissions"
HELPERS = ("softmax", "LayerNorm")

EXPECTED = {
    "exponent_doubled_numpy": "pe-exponent-doubled",
    "exponent_doubled_torch": "pe-exponent-doubled",
    "base_1000_numpy": "pe-wrong-base",
    "base_1000_torch": "pe-wrong-base",
    "table_of_integers_numpy": "pe-int-dtype",
    "table_of_integers_torch": "pe-int-dtype",
    "table_not_sliced_torch": "pe-full-length-only",
    "table_cut_at_the_batch_torch": "pe-one-constant-per-example",
    "table_added_in_place_torch": "pe-in-place",
    "table_is_a_plain_attribute_torch": "pe-not-buffer",
    "table_is_trained_torch": "pe-is-parameter",
    "default_max_len_of_64_torch": "pe-default-max-len-short",
    "softmax_ignores_axis": "softmax-ignores-axis",
    "softmax_changes_its_input": "softmax-in-its-input",
    "softmax_shifts_its_input": "softmax-mutates-input",
    "softmax_without_keepdims": "softmax-no-keepdims",
    "softmax_without_keepdims_in_attention": "softmax-no-keepdims",
    "softmax_overflows": "softmax-no-max-subtraction",
    "scale_by_d_v_numpy": "scale-by-dv",
    "scale_by_d_v_torch": "scale-by-dv",
    "scale_missing_numpy": "scale-missing",
    "scale_missing_torch": "scale-missing",
    "fill_minus_20_numpy": "mask-fill-small",
    "fill_minus_20_torch": "mask-fill-small",
    "fill_minus_10000_numpy": "mask-fill-ten-thousand",
    "fill_minus_10000_torch": "mask-fill-ten-thousand",
    "mask_after_softmax_numpy": "mask-after-softmax",
    "mask_after_softmax_torch": "mask-after-softmax",
    "mask_after_softmax_renormalised_numpy": "mask-after-softmax-renormalised",
    "mask_after_softmax_renormalised_torch": "mask-after-softmax-renormalised",
    "mask_none_crashes_numpy": "mask-none-crashes",
    "mask_none_crashes_torch": "mask-none-crashes",
    "mask_none_means_causal_numpy": "mask-none-means-causal",
    "mask_none_means_causal_torch": "mask-none-means-causal",
    "mask_turned_round_numpy": "mask-inverted",
    "mask_turned_round_torch": "mask-inverted",
    "mask_as_a_truth_value_numpy": "mask-truthiness",
    "mask_as_a_truth_value_torch": "mask-truthiness",
    "mask_not_passed_on_numpy": "mask-ignored",
    "mask_remembered_torch": "mask-remembered",
    "mask_unsqueezed_always_torch": "mask-unsqueezed-always",
    "masks_turned_round": "causal-hidden padding-hidden",
    "values_ignored_numpy": "values-are-keys",
    "values_ignored_torch": "values-are-keys",
    "values_from_the_keys_input_numpy": "mha-value-from-key-input",
    "values_from_the_keys_input_torch": "mha-value-from-key-input",
    "queries_scaled_in_place_numpy": "attn-mutates-q",
    "queries_scaled_in_place_torch": "attn-mutates-q",
    "weights_detached_torch": "attn-detached",
    "dropout_in_evaluation_torch": "attn-dropout-in-eval",
    "dropout_in_evaluation_of_multi_head_torch": "attn-dropout-in-eval",
    "heads_merged_without_transpose_numpy": "mha-merge-without-transpose",
    "heads_merged_without_transpose_torch": "mha-merge-without-transpose",
    "keys_reshaped_with_the_queries_length_numpy": "mha-uses-tq-for-keys",
    "keys_reshaped_with_the_queries_length_torch": "mha-uses-tq-for-keys",
    "linear_maps_in_a_list_torch": "mha-list-of-heads",
    "divisibility_unchecked_torch": "mha-divisibility-unchecked",
    "layer_norm_of_the_tutorials_numpy": "ln-unbiased-eps-outside",
    "layer_norm_of_the_tutorials_torch": "ln-unbiased-eps-outside",
    "layer_norm_std_times_eps_torch": "ln-unbiased-std-times-eps",
    "layer_norm_scalar_gain_torch": "ln-scalar-gain",
    "layer_norm_one_pass_numpy": "ln-one-pass-variance",
    "layer_norm_one_pass_torch": "ln-one-pass-variance",
    "layer_norm_detached_torch": "ln-detached-stats",
    "layer_norm_backward_constant_statistics_numpy": "bwd-ln-std-constant",
    "layer_norm_backward_gamma_late_numpy": "bwd-ln-gamma-late",
    "norm_before_the_sum_torch": "res-norm-then-add",
    "pre_norm_torch": "res-pre-instead-of-post",
    "sublayer_called_twice_torch": "res-sublayer-twice",
    "dropout_on_the_output_torch": "attn-dropout-on-output",
    "dropout_on_the_heads_output_torch": "attn-dropout-on-output",
    "padding_ends_a_row": "greedy-padding-ends",
    "maximum_of_all_scores_numpy": "softmax-maximum-of-all",
}
SHOWN = {  # what happens says it all, and a name for it would be a guess
    "one_minus_a_boolean_mask_torch": (Outcome.CRASHED, "with a bool tensor is not supported"),
    "misspelt_name_where_there_is_a_mask_torch": (Outcome.CRASHED, "name 'score' is not defined"),
    "max_len_not_kept_torch": (Outcome.CRASHED, "name 'max_len' is not defined"),
    "causal_mask_of_floats_in_the_model_torch": (Outcome.CRASHED, "not implemented for 'Float'"),
    "batch_of_one_squeezed_torch": (Outcome.WRONG, "should have shape (1, 5, 4)"),
    "masks_in_the_other_order_torch": (Outcome.CRASHED, "has the shape (3, 1, 5, 7)"),
    "memory_remembered_torch": (Outcome.WRONG, "logits"),
    "unbiased_in_training_torch": (Outcome.WRONG, "output"),
}


def blamed_exercises(read: submission.Submission) -> list:
    """The exercises that a file is about: the last ones that it defines, not the helpers before them."""
    exercises = syllabus.units()[read.unit].exercises
    defined = [e for e in exercises if read.code.defines(e.name)]
    return [e for e in defined if e.name not in HELPERS] or defined


def grades_of(name: str, grader) -> list[Grade]:
    """The grades of the exercises that a file is about."""
    read = submission.read(FOLDER / f"{name}.py")
    return grader.grade(read, blamed_exercises(read), SECRET)


@pytest.mark.parametrize(("name", "mistakes"), sample(list(EXPECTED.items()), 3))
def test_what_others_accept_loses_points_and_is_called_by_its_name(name, mistakes, grader):
    grades = grades_of(name, grader)
    failed = [v for g in grades for v in g.verdicts if v.outcome is not Outcome.PASSED]
    paid = [g for g in grades if not any(finding.counted_in for finding in g.findings)]
    assert paid
    assert all(g.score < g.points for g in paid)
    assert {v.outcome for v in failed} <= {Outcome.WRONG, Outcome.CRASHED}
    assert [(v.case, v.where) for v in failed if v.misconception not in mistakes.split()] == []
    assert {v.misconception for v in failed} == set(mistakes.split())


@pytest.mark.parametrize(("name", "outcome", "words"), sample([(name, *what) for name, what in SHOWN.items()], 2))
def test_what_others_accept_loses_points_and_is_not_called_by_a_name_that_it_has_not(name, outcome, words, grader):
    failed = [v for g in grades_of(name, grader) for v in g.verdicts if v.outcome is not Outcome.PASSED]
    assert {v.outcome for v in failed} == {outcome}
    assert {v.misconception for v in failed}.isdisjoint(
        m.name for u in syllabus.units().values() for m in u.misconceptions
    )
    assert any(words in v.where for v in failed)


def test_every_wrong_file_has_its_expected_name():
    assert {path.stem for path in FOLDER.glob("*.py")} == {*EXPECTED, *SHOWN}
