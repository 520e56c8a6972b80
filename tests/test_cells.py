"""Cells as students hand them in, each in an otherwise right notebook: full marks, or a sentence that fits."""

import pytest

from autograder import syllabus
from autograder.intake.submission import from_notebook, read
from autograder.sandbox.notebook import Notebook, new_module
from autograder.shells import report
from autograder.shells.notebook_check import grade_here
from autograder.verdict import Grade, Outcome
from tests.cell_cases import FOLDER, PYTHON, changed_notebook, write_file
from tests.sampled import sample

FULL_MARKS = [
    *("01_pip_continued", "02_shell_assignment", "03_question_in_a_comment", "05_cell_is_indented"),
    *("06_pasted_prompts", "07_future_annotations", "08_top_level_await", "10_google_colab_import"),
    *("12_tkagg", "27_grad_switched_off", "28_torch_compile", "29_torch_jit"),
    *("40_colab_file", "46_databricks_file", "50_warnings_are_errors", "51_seterr_raise"),
    *("52_default_dtype_half", "60_many_prints", "61_nfkc_names", "63_tabs_and_form_feed"),
    *("64_attached_photo", "66_image_as_data_uri", "70_colab_py", "71_spyder_cells"),
    *("72_percent_cells", "75_nbconvert_script", "80_help_in_the_cell", "82_ipython_display"),
    *("83_files_of_ones_own", "84_default_device_cuda", "88_thread_left_running", "92_cell_magic_after_comment"),
    "93_timeit_result",
]

CAUSES = {  # the first exercise that loses points, and what its report says
    "20_byte_mask": ("ScaledDotProductAttention", "Turn the mask around with `~mask`"),
    "21_view_of_a_transposed": ("MultiHeadAttention", "`view` needs memory without gaps"),
    "22_in_place_after_softmax": ("ScaledDotProductAttention", "A tensor that autograd still needs is overwritten"),
    "30_super_init_forgotten": ("MultiHeadAttention", "`super().__init__()` is missing"),
    "31_names_of_parameters": ("MultiHeadAttention", "no parameter `w_q.weight`. Is that your `W_q.weight`?"),
    "32_numpy_needs_grad": ("ScaledDotProductAttention", "A NumPy function is called on a tensor"),
    "33_float32_constants": ("ScaledDotProductAttention", "say `dtype=x.dtype`"),
    "35_transpose_T": ("ScaledDotProductAttention", "`k.T` reverses all axes of a batch"),
    "36_nan_of_hidden_rows": ("ScaledDotProductAttention", "A query that may attend to nothing gives 0/0 = NaN"),
    "37_only_the_output": ("ScaledDotProductAttention", "Only the output is returned"),
    "38_autocast_inside": ("ScaledDotProductAttention", "A part is calculated with half the digits"),
    "39_float_mask_added": ("ScaledDotProductAttention", "The mask is added to the scores as 0 and 1"),
    "54_star_import_later": (
        "softmax",
        "The import in your cell that begins with `from torch import *` replaced your own `softmax`",
    ),
    "55_star_import_first": ("MultiHeadAttention", "replaced Python's own `range`"),
    "56_builtins_shadowed": ("MultiHeadAttention", "`range` is Python's own, and your cell that begins with"),
    "62_nbsp": ("softmax", "U+00A0: it looks like a blank"),
    "85_attn_mask_name": ("ScaledDotProductAttention", "Is that your `attn_mask`?"),
    "86_h_first": ("MultiHeadAttention", "Yours has `h`, `d_model`, `dropout`."),
    "87_no_grad_decorator": ("ScaledDotProductAttention", "The output is cut from the graph (`torch.no_grad()`"),
}

NOTES = {  # full marks, and what is said all the same
    "10_google_colab_import": "No module named 'google'",
    "27_grad_switched_off": "`torch.set_grad_enabled(False)`",
    "84_default_device_cuda": "`torch.set_default_device('cuda')`",
}


def grades_of(name, tmp_path, grader) -> list[Grade]:
    submission = read(write_file(name, tmp_path))
    return grader.grade(submission, syllabus.units()["attention"].exercises)


def test_every_file_has_its_expectation():
    files = {path.stem for path in FOLDER.iterdir()}
    assert files == {*FULL_MARKS, *CAUSES, "47_nbformat_3"}
    assert files >= {*PYTHON, *NOTES}


@pytest.mark.parametrize("name", sample(FULL_MARKS, 3))
def test_what_runs_in_a_notebook_gets_full_marks(name, tmp_path, grader):
    grades = grades_of(name, tmp_path, grader)
    assert {grade.exercise: grade.score for grade in grades} == {grade.exercise: grade.points for grade in grades}
    notes = [note for grade in grades for note in grade.notes]
    assert len(notes) == (name in NOTES)
    assert all(NOTES[name] in note for note in notes)


@pytest.mark.parametrize("name", sample(list(CAUSES), 3))
def test_what_is_wrong_is_told_by_its_cause(name, tmp_path, grader):
    exercise, sentence = CAUSES[name]
    first = next(grade for grade in grades_of(name, tmp_path, grader) if grade.outcome is not Outcome.PASSED)
    assert first.exercise == exercise
    assert sentence in report.render_plain(first)
    assert "ready-made" not in report.render_plain(first)


def test_a_notebook_of_format_3_is_read(tmp_path, grader):
    softmax, *others = grades_of("47_nbformat_3", tmp_path, grader)
    assert softmax.score == softmax.points
    assert {grade.outcome for grade in others} == {Outcome.NOT_ATTEMPTED}


@pytest.mark.parametrize("name", ["27_grad_switched_off", "84_default_device_cuda"])
def test_what_is_switched_is_told_alike_in_a_notebook_and_by_the_grader(name, grader):
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    submission = from_notebook(changed_notebook(text), "attention.ipynb")
    told = grader.grade(submission, [syllabus.exercise("ScaledDotProductAttention")])[0]
    import torch

    namespace = new_module()
    notebook, was = Notebook(namespace), torch.is_grad_enabled()
    try:
        for number, source in submission.cells.items():
            notebook.run_cell(number, source)
        here = grade_here("ScaledDotProductAttention", namespace, submission.cells)
    finally:
        torch.set_grad_enabled(was)
        torch.set_default_device(None)
    assert (here.notes, here.score) == (told.notes, told.score)
    assert len(told.notes) == 1
