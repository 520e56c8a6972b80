"""What is said of a submission as a whole: imports that failed, PyTorch that was switched."""

import pytest

from autograder import syllabus
from autograder.evidence import Evidence, Failure
from autograder.intake.code import Code
from autograder.intake.submission import Submission
from autograder.intake.switches import find_switches
from autograder.judging.judge import refuse
from autograder.judging.not_there import explain_name
from autograder.judging.notes import add_notes
from autograder.plan import Plan
from tests.direct.made_up import raised

EXERCISES = [
    syllabus.exercise("softmax"),
    syllabus.exercise("ScaledDotProductAttention"),
    syllabus.exercise("MultiHeadAttention"),
]


def notes_of(cells: dict[int, str], failed: dict[int, Failure] | None = None) -> list[tuple[str, ...]]:
    submission = Submission("a.ipynb", "attention", cells, is_notebook=True)
    grades = refuse(EXERCISES, "attention", "not graded")
    return [grade.notes for grade in add_notes(grades, Plan(submission, {}, {}), Evidence({}, failed or {}))]


def failed_import(line: int, message: str = "No module named 'google'", type_: str = "ModuleNotFoundError") -> Failure:
    return raised(type_, message, cell="1", line=line)


def test_a_failed_import_is_told_once_with_its_line():
    cells = {1: "x = 1\nfrom google.colab import drive"}
    assert notes_of(cells, {1: failed_import(2)}) == [
        (
            "`from google.colab import drive` (your cell that begins with `x = 1`, line 2) failed here: No module "
            "named 'google'. What needs it was left out, and the rest of the cell ran.",
        ),
        (),
        (),
    ]


@pytest.mark.parametrize(
    "failure",
    [
        failed_import(1),
        failed_import(9),
        failed_import(2, type_="NameError"),
        failed_import(2, "No module named 'transformer_ref'"),
    ],
)
def test_nothing_else_that_failed_is_told_as_an_import(failure):
    assert notes_of({1: "plt.figure()\nfrom a import b"}, {1: failure}) == [(), (), ()]


def test_what_is_switched_is_told_with_the_first_exercise_in_pytorch():
    nothing, gradients, others = notes_of({1: "torch.set_grad_enabled(False)\ntorch.set_default_device('cuda:0')"})
    assert (nothing, others) == ((), ())
    place = "your cell that begins with `torch.set_grad_enabled(False)`, line"
    assert gradients == (
        f"`torch.set_grad_enabled(False)` ({place} 1) switches gradients off for all that follows. Your answers are "
        "checked with gradients; delete the line, since without them no network learns.",
        f"`torch.set_default_device('cuda:0')` ({place} 2) makes 'cuda:0' the default device. Your answers are checked "
        "on the CPU, which every machine has.",
    )


def test_of_a_device_twenty_letters_are_told():
    _, (note,), _ = notes_of({1: f"torch.set_default_device('{'cuda' * 9}')"})
    assert f"makes '{'cuda' * 5}' the default device" in note


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("set_grad_enabled(False)", ["set_grad_enabled(False)"]),
        ("torch.set_grad_enabled(False)\ntorch.set_grad_enabled(True)", []),
        ("with torch.set_grad_enabled(False):\n    pass", []),
        ("def f():\n    torch.set_grad_enabled(False)", []),
        ("torch.set_default_device('mps')", ["torch.set_default_device('mps')"]),
        ("torch.set_default_device('cuda')\ntorch.set_default_device('cpu')", []),
        ("torch.set_default_device(device)\nprint(1)\nf()()\nx = 1", []),
    ],
)
def test_switches_are_read_as_they_stand_in_the_end(cell, texts):
    assert [switch.text for switch in find_switches(Code({1: cell}))] == texts


def test_a_name_that_may_have_come_with_a_star_is_explained_by_it():
    submission = Submission("a.ipynb", "attention", {1: "from my_own import *\nx = 1"}, is_notebook=True)
    missing = raised("NameError", "name 'helper' is not defined")
    failed = {1: raised("ModuleNotFoundError", "No module named 'my_own'", cell="1", line=1)}
    assert explain_name(missing, submission, failed) == (
        "your cell that begins with `from my_own import *` failed: No module named 'my_own'; so `helper`, if it should "
        "come from there, is not there"
    )
    failed = {1: raised("ModuleNotFoundError", "No module named 'my_own'", cell="1", line=2)}
    assert explain_name(missing, submission, failed) == ""
