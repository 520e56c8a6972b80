"""What is said of one trial, in words: failures and observations are made by hand."""

import signal
from typing import Any

import pytest

from autograder.evidence import Evidence, Failure, FailureKind
from autograder.intake.ready_made import ReadyMade
from autograder.intake.submission import Submission
from autograder.judging.defect import Defect
from autograder.judging.messages import describe_failure, describe_use, find_defect
from autograder.protocol.probe import Observation
from autograder.verdict import Outcome
from tests.direct.made_up import WrittenAnswers, case, exercise, hidden, numbers, public, raised

READY_MADE = "a ready-made answer, or the course's own solution, is used: build it yourself"
SOURCE = "import numpy\n\ndef helper(x):\n    return y\n\ndef double(x):\n    return helper(x)"
NOTEBOOK = Submission("a.ipynb", "a unit", {1: "x = 1", 4: SOURCE}, is_notebook=True)
FILE = Submission("a.py", "a unit", {1: SOURCE}, is_notebook=False)


def told(failure: Failure, submission: Submission = NOTEBOOK) -> Defect:
    return describe_failure(failure, "double", submission)


def died(status: int) -> Defect:
    return told(Failure(FailureKind.DIED, status=status))


# ---- what was raised


def test_an_exception_is_told_with_its_place_and_its_line():
    failure = raised("NameError", "name 'y' is not defined", cell="4", line=4)
    at = "your cell of `helper`, line 4: `return y`"
    text = f"NameError: name 'y' is not defined, in {at}"
    assert told(failure) == Defect(Outcome.CRASHED, text, "NameError in your cell of `helper`", at)


def test_in_a_python_file_the_line_is_the_place():
    failure = raised("NameError", "name 'y' is not defined", cell="1", line=4)
    at = "line 4 of your file: `return y`"
    assert told(failure, FILE) == Defect(
        Outcome.CRASHED, f"NameError: name 'y' is not defined, in {at}", "NameError", at
    )


@pytest.mark.parametrize("place", [{}, {"cell": "4"}, {"cell": "4", "line": 99}, {"cell": "7", "line": 1}])
def test_a_place_that_the_submission_does_not_have_is_not_told(place):
    assert told(raised("KeyError", "'k'", **place)) == Defect(Outcome.CRASHED, "KeyError: 'k'", "KeyError")


@pytest.mark.parametrize(
    ("name", "redacted"),
    [
        ("AxisError", "AxisError"),
        ("LinAlgError", "LinAlgError"),
        ("MyError", "an exception"),
        ("print", "an exception"),
    ],
)
def test_of_a_hidden_case_only_the_types_that_python_and_numpy_have_are_told(name, redacted):
    assert told(raised(name, "m")) == Defect(Outcome.CRASHED, f"{name}: m", redacted)
    assert told(raised(name, "m", cell="1", line=1)).redacted == f"{redacted} in your cell that begins with `x = 1`"


def test_a_line_is_told_without_what_cannot_be_printed_and_not_beyond_its_two_hundredth_character():
    cells = {1: f"  {'x' * 198}\x1b{'y' * 9}  "}
    text = told(raised("KeyError", "k", cell="1", line=1), Submission("a", "u", cells, is_notebook=True)).text
    assert text == f"KeyError: k, in your cell that begins with `{'x' * 60}`, line 1: `{'x' * 198}?y`"


# ---- what is not written yet


CELL_OF_DOUBLE = "def double(x):\n    raise E\n\ndef helper(x):\n    raise E"
MODULE = (
    "class Double:\n    def __init__(self):\n        super().__init__()\n        raise E\n"
    "    def forward(self, x):\n        'Twice x.'\n        raise E\n    def decode(self, x):\n        raise E"
)
INNER = "def double(x):\n    def inner(y):\n        raise E\n    return inner(x)"
DEEP = (
    "class Double:\n    def decode(self):\n        def inner():\n            raise E\n        def forward():\n"
    "            raise E"
)
STUBS = Submission("a", "u", {1: "raise E", 4: CELL_OF_DOUBLE, 5: MODULE, 6: INNER, 8: DEEP}, is_notebook=True)


def stub(cell: int, line: int, name: str = "double") -> Defect:
    return describe_failure(raised("NotImplementedError", cell=str(cell), line=line), name, STUBS)


@pytest.mark.parametrize(
    ("name", "cell", "line", "text"),
    [
        ("double", 4, 2, "not written yet (your cell of `double`, line 2)"),
        ("double", 6, 3, "stops in `inner`, which is not written yet (your cell of `double`, line 3)"),
        ("double", 4, 5, "stops in `helper`, which is not written yet (your cell of `double`, line 5)"),
        ("double", 5, 4, "stops in `Double`, which is not written yet (your cell of `Double`, line 4)"),
        ("Double", 5, 4, "not written yet (your cell of `Double`, line 4)"),
        ("Double", 5, 7, "not written yet (your cell of `Double`, line 7)"),
        ("Double", 5, 9, "stops in `decode`, which is not written yet (your cell of `Double`, line 9)"),
        ("double", 1, 1, "not written yet (your cell that begins with `raise E`, line 1)"),
        ("double", 7, 1, "not written yet"),
        ("Double", 8, 4, "stops in `inner`, which is not written yet (your cell of `Double`, line 4)"),
        ("Double", 8, 6, "stops in `decode`, which is not written yet (your cell of `Double`, line 6)"),
    ],
)
def test_a_stub_is_not_attempted_and_where_code_stops_in_another_it_is_named(name, cell, line, text):
    assert stub(cell, line, name).outcome is Outcome.NOT_ATTEMPTED
    assert stub(cell, line, name).text == text


def test_of_a_stub_in_a_hidden_case_only_the_cell_is_told():
    assert stub(4, 2).redacted == "not written yet (your cell of `double`)"
    assert stub(7, 1).redacted == "not written yet"


@pytest.mark.parametrize(
    ("body", "line", "is_forgotten"),
    [
        ("y = 2 * x\n    raise E", 3, True),
        ("raise E\n    return 2 * x", 2, True),
        ("'Twice x.'\n    self.w = x\n    raise E", 4, True),
        ("'Twice x.'\n    pass\n    super().__init__()\n    raise E", 5, False),
        ("raise E\n    raise E", 2, False),
        ("if x:\n        raise E\n    return 2 * x", 3, False),
        ("print(x)\n    raise E", 3, True),
    ],
)
def test_a_raise_that_was_forgotten_in_code_that_is_written_is_pointed_at(body, line, is_forgotten):
    submission = Submission("a", "u", {1: f"def double(x):\n    {body}"}, is_notebook=True)
    defect = describe_failure(raised("NotImplementedError", cell="1", line=line), "double", submission)
    place = f"your cell of `double`, line {line}"
    text = f"`raise NotImplementedError` still stands in your code ({place}): delete the line when the code is done"
    assert (defect.text == text, defect.outcome is Outcome.CRASHED) == (is_forgotten, is_forgotten)
    assert defect.redacted == "not written yet (your cell of `double`)"


@pytest.mark.parametrize(
    "message", ["\"softmax_lastdim_kernel_impl\" not implemented for 'Half'", "Could not run 'aten::bmm' on CPU"]
)
def test_an_operation_that_pytorch_lacks_is_a_crash(message):
    defect = told(raised("NotImplementedError", message))
    assert defect == Defect(Outcome.CRASHED, f"NotImplementedError: {message}", "NotImplementedError")


# ---- ready-made answers


def test_a_ready_made_answer_that_was_called_is_told_with_its_place():
    failure = Failure(FailureKind.READY_MADE, name="torch.nn.LayerNorm", cell="4", line=4)
    text = "torch.nn.LayerNorm is a ready-made answer: build it yourself"
    assert told(failure) == Defect(Outcome.FORBIDDEN, f"your cell of `helper`, line 4: {text}", READY_MADE)
    nowhere = Failure(FailureKind.READY_MADE, name="torch.nn.LayerNorm")
    assert told(nowhere) == Defect(Outcome.FORBIDDEN, text, READY_MADE)


def test_a_ready_made_answer_that_was_found_by_reading_is_told_in_the_same_words():
    use = ReadyMade("torch.nn.LayerNorm", 4, 4)
    failure = Failure(FailureKind.READY_MADE, name=use.name, cell="4", line=4)
    assert describe_use(use, NOTEBOOK) == told(failure)


def test_a_norm_after_the_stack_is_not_needed():
    stack = "class {}(nn.Module):\n    def __init__(self):\n        self.norm = nn.LayerNorm(8)"

    def text(name, exercise, ready_made="torch.nn.LayerNorm"):
        cells = Submission("a file", "a unit", {1: "", 2: stack.format(name)}, is_notebook=True)
        return describe_use(ReadyMade(ready_made, 2, 3), cells, exercise).text

    for name in ("Encoder", "Decoder"):
        assert "build it yourself. Here you need none: every layer ends with a norm" in text(name, name)
    assert text("EncoderLayer", "EncoderLayer").endswith("build it yourself")
    assert text("EncoderLayer", "Encoder").endswith("build it yourself")
    assert text("Encoder", "Encoder", "torch.nn.Transformer").endswith("build it yourself")


@pytest.mark.parametrize(("cell", "line", "is_inside"), [(2, 1, True), (2, 2, True), (2, 4, False), (1, 2, False)])
def test_a_norm_is_needless_only_inside_the_class_of_the_stack(cell, line, is_inside):
    cells = {1: "x = 1\ny = nn.LayerNorm(8)", 2: "class Encoder(nn.LayerNorm):\n    n = nn.LayerNorm(8)\nx = 1\ny = 2"}
    submission = Submission("a file", "a unit", cells, is_notebook=True)
    told = describe_use(ReadyMade("torch.nn.LayerNorm", cell, line), submission, "Encoder").text
    assert ("Here you need none" in told) is is_inside


def test_an_import_of_the_solutions_is_a_ready_made_answer():
    failure = raised("ModuleNotFoundError", "No module named 'solutions.attention'", cell="4", line=1)
    text = "solutions.attention is the course's own solution: build it yourself"
    assert told(failure) == Defect(Outcome.FORBIDDEN, f"your cell of `helper`, line 1: {text}", READY_MADE)
    nowhere = raised("ModuleNotFoundError", "No module named 'solutions.attention'")
    assert told(nowhere) == Defect(Outcome.FORBIDDEN, text, READY_MADE)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ModuleNotFoundError", "No module named 'einops'"),
        ("ModuleNotFoundError", "No module named 'solutions' in sight"),
        ("ModuleNotFoundError", "where are the solutions?"),
        ("ImportError", "No module named 'solutions'"),
    ],
)
def test_another_import_that_fails_is_a_crash(name, message):
    assert told(raised(name, message)) == Defect(Outcome.CRASHED, f"{name}: {message}", name)


# ---- what gave no answer


@pytest.mark.parametrize(
    ("kind", "outcome", "text"),
    [
        (FailureKind.TIMED_OUT, Outcome.TIMED_OUT, "no answer within the time limit"),
        (FailureKind.ALL_TIME_USED, Outcome.TIMED_OUT, "the whole submission took too long"),
        (
            FailureKind.MALFORMED,
            Outcome.CRASHED,
            "the results could not be read: too large, or not what was asked for",
        ),
    ],
)
def test_a_failure_without_a_place_is_told_the_same_of_public_and_hidden_cases(kind, outcome, text):
    assert told(Failure(kind)) == Defect(outcome, text, text)


def test_where_a_line_was_still_running_it_is_told():
    at, text = "your cell of `helper`, line 4: `return y`", "no answer within the time limit"
    running = f"{text}: it was still running in {at}. Is this in a loop that does not end?"
    assert told(Failure(FailureKind.TIMED_OUT, cell="4", line=4)) == Defect(Outcome.TIMED_OUT, running, text, at)


@pytest.mark.parametrize(
    "failure",
    [
        raised("NeedsPyTorch", "anything"),
        raised("ModuleNotFoundError", "No module named 'torch'"),
        raised("ModuleNotFoundError", "No module named 'torch.nn'"),
    ],
)
def test_what_needs_pytorch_was_not_checked_where_there_is_none(failure):
    defect = told(failure)
    assert (defect.outcome, defect.redacted) == (Outcome.NOT_ATTEMPTED, defect.text)
    assert defect.text.startswith(
        "double needs PyTorch, which is not installed in this Python, so nothing was checked."
    )


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (0, "the process ended itself"),
        (3 << 8, "the process ended itself"),
        (-1, "the process ended itself"),
        (signal.SIGSEGV, "the process was ended by SIGSEGV"),
        (1, "the process was ended by SIGHUP"),
        (signal.SIGABRT | 0x80, "the process was ended by SIGABRT"),  # with a core dump
        (100, "the process was ended by signal 100"),  # as real-time signals are, which have no name
    ],
)
def test_the_end_of_the_process_is_told_by_its_signal(status, text):
    assert died(status) == Defect(Outcome.CRASHED, text, "the process ended")


def test_the_signal_for_too_much_processor_time_is_a_matter_of_time():
    text = "all processor time was used up"
    assert died(signal.SIGXCPU) == Defect(Outcome.TIMED_OUT, text, text)


def test_where_there_is_no_such_signal_no_end_of_a_process_is_a_matter_of_time(monkeypatch):
    monkeypatch.delattr(signal, "SIGXCPU")
    assert [died(status).outcome for status in (0, signal.SIGSEGV)] == [Outcome.CRASHED] * 2


# ---- the name that is not there


NOT_THERE = "`double` is not there, because the code that defines it failed: "


def missing(failed_cells: dict[int, Failure], cells: dict[int, str], is_notebook: bool = True) -> Any:
    evidence = Evidence({}, failed_cells)
    shown = Failure(FailureKind.MISSING)
    submission = Submission("a", "a unit", cells, is_notebook)
    return find_defect(DOUBLE, public("one"), shown, shown, submission, evidence, WrittenAnswers())


def test_a_name_that_nobody_wrote_is_not_attempted():
    text = "`double` is not defined"
    nothing = Defect(Outcome.NOT_ATTEMPTED, text, text)
    assert missing({}, {1: "x = 1"}) == nothing
    assert missing({1: raised("KeyError")}, {1: "x = 1", 2: "def double(x): pass"}) == nothing


@pytest.mark.parametrize(
    ("name", "unit", "where"),
    [
        ("softmax", "", " here; it belongs to the notebook `attention`"),
        ("softmax", "attention", ""),
        ("double", "", ""),
    ],
)
def test_where_the_unit_is_not_known_the_notebook_of_an_exercise_is_told(name, unit, where):
    submission, shown = Submission("a", unit, {1: "x = 1"}, True), Failure(FailureKind.MISSING)
    made_up = exercise(case("one"), name=name)
    defect = find_defect(made_up, public("one"), shown, shown, submission, Evidence({}), WrittenAnswers())
    assert defect and defect.text == f"`{name}` is not defined{where}"


def test_a_name_whose_cell_failed_is_told_with_that_failure():
    cells = {1: "1 / 0\ndef double(x): pass", 2: "x = 1"}
    failed = {1: raised("ZeroDivisionError", "division by zero", cell="1", line=1), 2: raised("KeyError")}
    at = "your cell of `double`, line 1: `1 / 0`"
    text = f"{NOT_THERE}ZeroDivisionError: division by zero, in {at}"
    assert missing(failed, cells) == Defect(Outcome.CRASHED, text, text, at)


def test_a_stub_at_the_top_of_its_cell_is_told_by_the_name_of_the_exercise():
    cells = {1: "def double(x): pass\ndouble(1)"}
    stub = raised("NotImplementedError", function="double", cell="1", line=1)
    assert missing({1: stub}, cells).text == f"{NOT_THERE}not written yet (your cell of `double`, line 1)"


def test_a_cell_that_failed_without_a_place_is_told_by_what_became_of_it():
    cells, failed = {3: "def double(x): pass"}, {3: Failure(FailureKind.TIMED_OUT)}
    text = f"{NOT_THERE}no answer within the time limit"
    assert missing(failed, cells) == missing(failed, cells, is_notebook=False) == Defect(Outcome.TIMED_OUT, text, text)


def test_of_two_cells_that_failed_the_last_is_told():
    cells = dict.fromkeys((2, 9), "def double(x): pass")
    failed = {2: raised("KeyError"), 9: raised("IndexError")}
    assert missing(failed, cells).text == f"{NOT_THERE}IndexError"


def test_a_name_whose_cell_waited_for_another_cell_is_told_with_that_cells_failure():
    cells = {1: IMPORTS, 2: "def double(x: np.ndarray): pass"}
    failed = {1: NO_GOOGLE, 2: raised("NameError", "name 'np' is not defined", cell="2", line=1)}
    text = (
        "your cell that begins with `from google.colab import drive` failed: No module named 'google'; "
        "so `np` is not there, nor is `double`"
    )
    assert missing(failed, cells) == Defect(Outcome.CRASHED, text, text)


IMPORTS = "from google.colab import drive\nimport numpy as np"
NO_GOOGLE = raised("ModuleNotFoundError", "No module named 'google'", cell="1", line=1)


def unnamed(name: str, cells: dict[int, str], failed: dict[int, Failure], is_notebook: bool = True) -> Defect:
    submission = Submission("a", "u", cells, is_notebook)
    failure = raised("NameError", f"name '{name}' is not defined", cell="2", line=2)
    return describe_failure(failure, "double", submission, failed)


def test_a_name_that_a_failed_cell_should_have_bound_leads_to_that_cells_failure():
    cells = {1: IMPORTS, 2: "def double(x):\n    return np.add(x, x)"}
    defect = unnamed("np", cells, {1: NO_GOOGLE})
    assert defect.text == (
        "your cell that begins with `from google.colab import drive` failed: No module named 'google'; "
        "so `np` is not there, in your cell of `double`, line 2: `return np.add(x, x)`"
    )
    assert defect.redacted == "NameError in your cell of `double`"
    in_file = unnamed("np", cells, {1: NO_GOOGLE}, is_notebook=False).text
    assert in_file.startswith("the part of your file that begins at line 1 failed: No module named 'google'; so ")


def test_of_two_failed_cells_that_should_have_bound_a_name_the_last_is_told():
    cells = {1: "np = 1", 2: "def double(x):\n    return np.add(x, x)", 3: "np = 2", 4: STAR, 5: STAR.replace("a", "b")}
    failed = {n: raised("ImportError", f"number {n}") for n in (1, 3)}
    assert "failed: ImportError: number 3; so `np` is not there" in unnamed("np", cells, failed).text
    stars = {n: raised("ImportError", f"No module named 'no{n}'", cell=str(n), line=1) for n in (4, 5)}
    assert "failed: No module named 'no5'; so `nq`, if it" in unnamed("nq", cells, stars).text


STAR = "from a import *"


@pytest.mark.parametrize(
    ("type_", "message"),
    [("ImportError", "No module named 'google'"), ("ModuleNotFoundError", "it is gone")],
)
def test_only_a_missing_module_is_named_without_the_type_of_its_error(type_, message):
    cells = {1: IMPORTS, 2: "def double(x):\n    return np.add(x, x)"}
    text = unnamed("np", cells, {1: raised(type_, message, cell="1", line=1)}).text
    assert f"failed: {type_}: {message}; so `np` is not there" in text


def test_a_failed_cell_that_has_nothing_to_do_with_a_name_is_not_blamed():
    cells = {1: "1 / 0", 2: "def double(x):\n    return np.add(x, x)"}
    failed = {1: raised("ZeroDivisionError", "division by zero", cell="1", line=1)}
    assert unnamed("np", cells, failed).text.startswith("NameError: name 'np' is not defined, in ")
    other = raised("ValueError", "name 'x' is not defined", cell="2", line=2)
    submission = Submission("a", "u", {1: "x = 1 / 0", 2: cells[2]}, is_notebook=True)
    assert describe_failure(other, "double", submission, failed).text.startswith("ValueError: name 'x'")


def test_a_chain_of_failed_cells_is_followed_to_its_beginning():
    cells = {1: IMPORTS, 2: "def double(x):\n    return TWO * x", 3: "TWO = np.int64(2)"}
    failed = {1: NO_GOOGLE, 3: raised("NameError", "name 'np' is not defined", cell="3", line=1)}
    assert unnamed("TWO", cells, failed).text.startswith(
        "your cell that begins with `TWO = np.int64(2)` failed: your cell that begins with `from google.colab import "
        "drive` failed: No module named 'google'; so `np` is not there; so `TWO` is not there, in "
    )


def test_two_failed_cells_that_wait_for_one_another_are_followed_once():
    cells = {1: "a = b", 2: "def double(x):\n    return a", 3: "b = a"}
    failed = {n: raised("NameError", f"name '{name}' is not defined") for n, name in ((1, "b"), (3, "a"))}
    assert unnamed("a", cells, failed).text.startswith("your cell that begins with `a = b` failed: ")


@pytest.mark.parametrize("broken", ["import numpy as np\n)", "np = 1\n)", "from a import b as np\n)", "def np(: pass"])
def test_a_cell_that_is_not_python_is_read_for_the_names_that_it_should_bind(broken):
    cells = {1: broken, 2: "def double(x):\n    return np.add(x, x)"}
    failed = {1: raised("SyntaxError", "invalid syntax")}
    assert "failed: SyntaxError: invalid syntax; so `np` is not there" in unnamed("np", cells, failed).text
    assert "so `nq` is not there" not in unnamed("nq", cells, failed).text


# ---- what was observed


DOUBLE = exercise(
    case("one"),
    case("loose", tolerance=0.5),
    case("free", ungraded=lambda: {"y": numbers(1, 0).arrays["y"] > 0}),
    case("viewed", view=lambda observation: numbers(1)),
    case("viewed-free", view=lambda observation: numbers(1), ungraded=lambda: {"y": numbers(1).arrays["y"] > 0}),
)


def observed(name: str, reference: Observation, shown: Observation, viewed=None, unviewed=None) -> Any:
    trial = hidden(name)
    answers = WrittenAnswers({}, {trial: reference}, {trial: unviewed} if unviewed else {})
    return find_defect(DOUBLE, trial, shown, viewed or shown, NOTEBOOK, Evidence({}), answers)


def test_arrays_that_are_right_have_no_defect():
    assert observed("one", numbers(2), numbers(2.001)) is None
    assert observed("loose", numbers(2), numbers(2.9)) is None
    assert observed("free", numbers(2, 2), numbers(77, 2)) is None


def test_arrays_that_are_wrong_are_told_with_their_difference():
    text = "y[0] should be 2.0000, is 2.9000"
    assert observed("one", numbers(2), numbers(2.9)) == Defect(Outcome.WRONG, text, "y differs in every element")
    assert observed("loose", numbers(2), numbers(9)).outcome is Outcome.WRONG
    assert "y[1]" in observed("free", numbers(2, 2), numbers(77, 3)).text
    assert "y[0] should be a finite number" in observed("free", numbers(2, 2), numbers(float("nan"), 2)).text


def test_a_failure_is_told_as_that_of_its_exercise():
    stub = raised("NotImplementedError", function="double")
    defect = find_defect(DOUBLE, public("one"), stub, stub, NOTEBOOK, Evidence({}), WrittenAnswers())
    assert defect == Defect(Outcome.NOT_ATTEMPTED, "not written yet", "not written yet")


def test_a_case_with_a_view_compares_what_it_looks_at():
    reference, unviewed = numbers(0.5), numbers(2, 0)
    assert observed("viewed", reference, numbers(0, 2), numbers(0.5), unviewed) is None
    assert "should be 0.5000, is 0.7000" in observed("viewed", reference, numbers(0, 2), numbers(0.7), unviewed).text


def test_where_the_view_was_of_no_use_the_arrays_say_it_as_they_are():
    reference, unviewed = numbers(0.5), numbers(2, 0)
    assert observed("viewed", reference, numbers(1, 2, 3), None, unviewed).text == "y should have shape (2,), has (3,)"
    assert "should be 0.5000, is 2.0000" in observed("viewed", reference, numbers(2), None, numbers(2)).text
    assert observed("viewed-free", numbers(3), numbers(3), None, numbers(9)) is None
    assert "should be 9.0000, is 3.0000" in observed("viewed", numbers(3), numbers(3), None, numbers(9)).text
