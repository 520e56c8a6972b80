"""`check("softmax")` in a notebook: a rich report, and points as a plain float."""

import signal
import subprocess
import sys
import threading
import warnings
from functools import partial
from pathlib import Path

import nbformat
import pytest
import torch
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbgrader.validator import Validator

import autograder
from autograder import syllabus
from autograder.evidence import Failure, FailureKind
from autograder.execution import alarm as alarm_module
from autograder.execution import in_process
from autograder.execution.alarm import Alarm, TookTooLong
from autograder.grading import grade
from autograder.intake.submission import Submission
from autograder.plan import make_plan
from autograder.shells import notebook_check
from autograder.student import properties
from autograder.syllabus import UnknownName
from autograder.verdict import Outcome
from demo.classroom import submission
from transformer_ref.in_torch.layer_norm import LayerNorm

PROJECT = Path(__file__).resolve().parent.parent

RIGHT = """
import numpy as np
def softmax(x, axis=-1):
    print("called")
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)
"""


class TransposesTooMuch(torch.nn.Module):
    """Its `k.T` makes PyTorch warn from C++."""

    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.w_q, self.w_k, self.w_v, self.w_o = (torch.nn.Linear(d_model, d_model) for _ in range(4))

    def forward(self, q, k, v, mask=None):
        return self.w_q(q) @ k.T


TRANSPOSES = {"MultiHeadAttention": TransposesTooMuch}


WRITTEN = """import numpy as np
def softmax(x, axis=-1):
    return np.exponential(x)"""
READY_MADE = "import torch\nfrom torch import nn\nclass MultiHeadAttention(nn.MultiheadAttention):\n    pass"
CELLS = {  # each is followed by a check
    "right": RIGHT,
    "not Python": "def softmax(x:\n    return x",
    "right again": RIGHT,
    "wrong": WRITTEN,
    "ready-made": READY_MADE,
}


@pytest.fixture(scope="module")
def checked() -> dict[str, NotebookNode]:
    """A notebook that was executed: the cell of the check after each of the cells."""
    sources = ["from autograder import check"]
    for name, source in CELLS.items():
        sources += [source, f'check("{"MultiHeadAttention" if name == "ready-made" else "softmax"}")']
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's own start
        NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
    errors = [output for cell in notebook.cells for output in cell.outputs if output.output_type == "error"]
    assert [error.ename for error in errors] == ["SyntaxError"]
    return dict(zip(CELLS, notebook.cells[2::2], strict=True))


def test_in_a_notebook_it_shows_html_and_leaves_no_value(checked):
    (shown,) = checked["right"].outputs
    assert shown.output_type == "display_data"
    assert "every row becomes positive numbers" in shown.data["text/html"]


def test_a_ready_made_answer_is_found_in_the_executed_cells(checked):
    assert "ready-made" in checked["ready-made"].outputs[0].data["text/html"]


ENDLESS = "def softmax(x, axis=-1):\n    while True:\n        pass"


class HiddenLayerNorm(LayerNorm):
    """Its ready-made answer is called only in training, by a name that no text shows."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        return getattr(torch.nn.functional, "layer" + "_norm")(x, x.shape[-1:], self.gamma, self.beta, self.eps)


class HiddenAndWrong(HiddenLayerNorm):
    """The same, with a mistake that shows in evaluation."""

    def __init__(self, d_model, eps=1e-3):
        super().__init__(d_model, eps)


def test_a_ready_made_answer_is_found_wherever_right_code_calls_it():
    assert checked_here("LayerNorm", HiddenLayerNorm).outcome is Outcome.FORBIDDEN


def test_wrong_code_runs_once_and_is_told_what_is_wrong(monkeypatch):
    runs: list[bool] = []
    monkeypatch.setattr(notebook_check, "InProcess", partial(noting, runs))
    assert checked_here("LayerNorm", HiddenAndWrong).outcome is Outcome.WRONG
    assert runs == [True]
    assert checked_here("LayerNorm", LayerNorm).outcome is Outcome.PASSED
    assert runs == [True, True, False]


def checked_here(name, written):
    return notebook_check.grade_here(name, {name: written}, {})


def noting(runs, *arguments, **options):
    runs.append(options["quickly"])
    return in_process.InProcess(*arguments, **options)


def test_code_that_does_not_end_is_stopped(monkeypatch):
    monkeypatch.setattr(in_process, "SECONDS_AFTER", 0.01)
    namespace: dict = {}
    exec(ENDLESS, namespace)
    plan = make_plan(Submission("a notebook", "", {1: ENDLESS}, is_notebook=True), [syllabus.exercise("softmax")])
    evidence = in_process.InProcess(namespace, seconds=0.05).run(plan)
    assert set(evidence.values()) == {Failure(FailureKind.TIMED_OUT)}


def test_the_line_that_was_running_is_told(monkeypatch, capsys):
    monkeypatch.setattr(in_process, "SECONDS", 0.05)
    monkeypatch.setattr(in_process, "SECONDS_AFTER", 0.01)
    cells = {1: ENDLESS}
    namespace: dict = {}
    exec(compile(ENDLESS, "<cell 1>", "exec"), namespace)
    submission = Submission("a notebook", "", cells, is_notebook=True)
    runner = in_process.InProcess(namespace, seconds=0.05)
    (result,) = grade(submission, [syllabus.exercise("softmax")], runner, syllabus.source().answers())
    assert {v.where for v in result.verdicts} <= {
        f"no answer within the time limit: it was still running in your cell of `softmax`, line {line}: `{code}`. "
        "Is this in a loop that does not end?"
        for line, code in ((2, "while True:"), (3, "pass"))
    }


def test_an_experiment_with_code_that_did_not_end_is_stopped(monkeypatch, capsys):
    monkeypatch.setattr(properties, "_SECONDS_FOR_AN_ENDLESS_ONE", 0.05)
    monkeypatch.setattr(properties, "did_not_end", lambda name, namespace: name == "softmax")
    exec(f"{ENDLESS}\nwith when_written():\n    softmax(1)", {"when_written": properties.when_written})
    assert capsys.readouterr().out == (
        "This cell was stopped, because softmax does not end: mend it first, then run this cell again.\n"
    )


def test_who_stops_a_check_is_told_so_and_nothing_is_graded(capsys):
    namespace: dict = {"check": autograder.check}
    exec("def softmax(x, axis=-1):\n    raise KeyboardInterrupt\nfound = check('softmax')", namespace)
    assert namespace["found"] is None
    assert capsys.readouterr().out == "You stopped the check of softmax.\n"


def test_the_function_itself_is_as_good_as_its_name(capsys):
    exec(f"{RIGHT}\ncheck(softmax)", {"check": autograder.check})
    assert capsys.readouterr().out.startswith("✓ softmax: passed")


def test_code_that_hides_every_exception_is_stopped_too():
    swallowed: list[BaseException] = []

    def swallow():
        while len(swallowed) < 1:
            try:
                while True:
                    pass
            except BaseException as error:
                swallowed.append(error)

    with Alarm(0.05) as alarm:
        swallow()
    assert alarm.rang
    assert isinstance(swallowed[0], TookTooLong)


def test_the_signal_is_left_as_it_was():
    before = signal.getsignal(signal.SIGALRM)
    with Alarm(5):
        assert signal.getsignal(signal.SIGALRM) is not before
    assert signal.getsignal(signal.SIGALRM) is before


def test_in_another_thread_the_main_thread_is_interrupted(monkeypatch):
    interrupted = threading.Event()
    monkeypatch.setattr(alarm_module._thread, "interrupt_main", interrupted.set)
    thread = threading.Thread(target=_wait_in_an_alarm, args=(interrupted,))
    thread.start()
    thread.join()
    assert interrupted.is_set()


def _wait_in_an_alarm(interrupted):
    with Alarm(0.01):
        interrupted.wait(60)


def test_what_has_been_checked_is_not_checked_again(monkeypatch):
    namespace: dict = {}
    exec(RIGHT, namespace)
    result = notebook_check.grade_here("softmax", namespace, {})
    monkeypatch.setattr(notebook_check, "grade", None)
    assert notebook_check.last_grade("softmax", namespace) is result


def test_what_has_changed_is_checked_again():
    namespace: dict = {}
    exec(RIGHT, namespace)
    assert notebook_check.last_grade("softmax", namespace).outcome is Outcome.PASSED
    exec(WRONG, namespace)
    assert notebook_check.last_grade("softmax", namespace).outcome is Outcome.WRONG


def test_outside_a_notebook_it_prints(capsys):
    namespace = {"check": autograder.check}
    exec(RIGHT + 'points = check("softmax")', namespace)
    assert namespace["points"] == syllabus.exercise("softmax").points
    printed = capsys.readouterr().out
    assert "softmax" in printed
    assert "called" not in printed


WRONG = RIGHT.replace("x.max(axis, keepdims=True)", "1.0")


def test_what_code_prints_is_shown_where_it_is_wrong(capsys):
    namespace = {"check": autograder.check}
    exec(WRONG + 'check("softmax")', namespace)
    printed = capsys.readouterr().out
    assert 'Your code printed, in "numbers of any size give finite results":\n        called\n' in printed


def test_the_students_own_line_is_told_by_its_cell_and_no_number(checked):
    (shown,) = checked["wrong"].outputs
    assert "in your cell of `softmax`, line 3: `return np.exponential(x)`" in shown.data["text/plain"]
    assert "your cell of <code>softmax</code>, line 3" in shown.data["text/html"]


def test_where_pytorch_is_not_imported_a_check_does_not_import_it():
    script = f"import sys\nfrom autograder import check\n{RIGHT}\ncheck('softmax')\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_the_last_definition_counts(capsys):
    namespace: dict = {"check": autograder.check}
    exec(RIGHT + "softmax = lambda x, axis=-1: x\npoints = check('softmax')", namespace)
    assert namespace["points"] < 2
    capsys.readouterr()


@pytest.mark.parametrize(
    ("name", "meant"), [("MultiHeadAtention", "MultiHeadAttention"), ("EncoderLayer()", "EncoderLayer")]
)
def test_a_name_that_is_nearly_right_leads_to_the_exercise(name, meant):
    with pytest.raises(UnknownName, match=f"did you mean '{meant}'"):
        autograder.check(name)


def test_a_name_like_no_other_is_answered_with_where_the_names_are():
    with pytest.raises(UnknownName, match=r"there is no exercise 'xyzzy'; `progress\(\)` lists the notebooks"):
        autograder.check("xyzzy")


def test_an_unknown_exercise_is_answered_with_the_one_that_was_meant():
    with pytest.raises(UnknownName, match=r"there is no exercise 'sofmax'; did you mean 'softmax'\?"):
        autograder.check("sofmax")


def test_what_is_not_defined_is_not_attempted(capsys):
    namespace = {"check": autograder.check}
    exec("points = check('softmax')", namespace)
    assert namespace["points"] == 0.0
    assert "`softmax` is not defined here; it belongs to the notebook `attention`" in capsys.readouterr().out


def test_where_the_newest_cell_is_not_python_it_is_said_that_an_older_one_was_checked(checked):
    stale, fresh = (checked[name].outputs[0].data["text/plain"] for name in ("not Python", "right again"))
    assert "Python could not read the cell of softmax that you ran last" in stale
    assert "could not read" not in fresh


def test_a_warning_that_names_a_file_of_ours_is_not_shown(recwarn):
    torch.set_warn_always(True)  # otherwise PyTorch warns once in a process, perhaps in an earlier test
    try:
        notebook_check.grade_here("MultiHeadAttention", TRANSPOSES, {})
    finally:
        torch.set_warn_always(False)
    assert not [warning for warning in recwarn if "autograder" in warning.filename]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("answers", "failing"),
    [
        ({"feed_forward_backward": None}, []),
        ({"relu": "relu = np.abs"}, ['check("relu")', 'check("feed_forward")']),  # which uses relu; the bonus is right
    ],
)
def test_nbgraders_validate_takes_a_bonus_and_names_what_is_wrong(tmp_path, answers, failing):
    source, release = (
        nbformat.read(PROJECT / folder / "03_feed_forward" / "feed_forward.ipynb", as_version=4)
        for folder in ("solutions", "assignments")
    )
    notebook = submission(source, release, answers)
    graded = [cell for cell in notebook.cells if "grade_id" in cell.metadata.get("nbgrader", {})]
    notebook.cells = [notebook.cells[1], *(cell for cell in graded if cell.cell_type == "code")]
    nbformat.write(notebook, tmp_path / "feed_forward.ipynb")
    found = Validator().validate(str(tmp_path / "feed_forward.ipynb"))
    assert [cell["source"] for cell in found.get("failed", [])] == failing
