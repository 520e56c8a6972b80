"""What a student is told: outcomes and sentences for what can become of a submission."""

import pytest

from autograder import syllabus
from autograder.intake.submission import Submission
from autograder.verdict import Outcome

RIGHT = """
import numpy as np
def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)
"""


def softmax_of(grader, *cells: str, secret: str | None = None):
    submission = Submission("test", "attention", dict(enumerate(cells, 1)), is_notebook=True)
    return grader.grade(submission, [syllabus.exercise("softmax")], secret)[0]


OUTCOMES = {
    "right": (RIGHT, Outcome.PASSED, ""),
    "not defined": ("x = 1", Outcome.NOT_ATTEMPTED, "`softmax` is not defined"),
    "a stub": (
        "def softmax(x, axis=-1):\n    raise NotImplementedError()",
        Outcome.NOT_ATTEMPTED,
        "your cell of `softmax`, line 2",
    ),
    "a helper that is a stub": (
        "def e(x):\n    raise NotImplementedError()\ndef softmax(x, axis=-1):\n    return e(x)",
        Outcome.NOT_ATTEMPTED,
        "stops in `e`, which is not written yet",
    ),
    "an exception": (
        "def softmax(x, axis=-1):\n    return y",
        Outcome.CRASHED,
        "in your cell of `softmax`, line 2: `return y`",
    ),
    "a syntax error": (
        "def softmax(x, axis=-1)\n    return x",
        Outcome.CRASHED,
        "`softmax` is not there, because the code that defines it failed: SyntaxError",
    ),
    "the end of the process": (
        "import os\ndef softmax(x, axis=-1):\n    os._exit(3)",
        Outcome.CRASHED,
        "the process ended itself",
    ),
    "a signal": (
        "import ctypes\ndef softmax(x, axis=-1):\n    ctypes.string_at(0)",
        Outcome.CRASHED,
        "was ended by SIGSEGV",
    ),
    "too much": ("def softmax(x, axis=-1):\n    return [0] * 10**12", Outcome.CRASHED, "MemoryError"),
    "nothing": ("def softmax(x, axis=-1):\n    pass", Outcome.WRONG, "output should be an array or a tensor, is None"),
    "a list": ("def softmax(x, axis=-1):\n    return x.tolist()", Outcome.WRONG, "is list"),
    "PyTorch": ("import torch\ndef softmax(x, axis=-1):\n    return torch.ones(1)", Outcome.FORBIDDEN, "is for NumPy"),
    "an import over it": (
        RIGHT + "from torch.nn.functional import softmax",
        Outcome.FORBIDDEN,
        "the import in your cell of `softmax` replaced your own `softmax`",
    ),
    "a result that changes later": (
        "import numpy as np\nbuffer = np.zeros(1000)\ndef softmax(x, axis=-1):\n"
        "    e = np.exp(x - x.max(axis, keepdims=True))\n"
        "    y = buffer[: x.size].reshape(x.shape)\n    y[...] = e / e.sum(axis, keepdims=True)\n    return y",
        Outcome.WRONG,
        "changes when the function is called again",
    ),
}


@pytest.mark.parametrize(("source", "outcome", "sentence"), OUTCOMES.values(), ids=list(OUTCOMES))
def test_an_outcome_and_its_sentence(grader, source, outcome, sentence):
    result = softmax_of(grader, source)
    assert result.outcome is outcome
    assert any(sentence in v.where for v in result.verdicts)
    assert (result.score == result.points) is (outcome is Outcome.PASSED)


def test_what_has_no_name_costs_the_share_of_its_cases(grader):
    result = softmax_of(
        grader, RIGHT + "right = softmax\ndef softmax(x, axis=-1):\n    return right(x, axis) if x.ndim == 2 else x + 7"
    )
    passed = [v for v in result.verdicts if v.outcome is Outcome.PASSED]
    assert 0 < len(passed) < len(result.verdicts)
    assert result.findings == ()
    assert result.score == round(result.points * len(passed) / len(result.verdicts), 2)


def test_what_is_printed_is_told_of_public_inputs_and_never_of_hidden_ones(grader):
    source = RIGHT.replace("    e = ", "    print('printed', x.ravel()[0])\n    e = ").replace(
        "x.max(axis, keepdims=True)", "1.0"
    )
    result = softmax_of(grader, source, secret="s" * 32)
    told = {v.case: v.printed for v in result.verdicts if not v.passed}
    assert told.pop("large-numbers").startswith("printed ")
    assert not any(told.values())
    assert not any(v.printed for v in result.verdicts if v.passed or v.hidden)


def known_inputs() -> str:
    """The first number of every public input, as source."""
    exercise = syllabus.exercise("softmax")
    probes = [exercise.probe(case, "public") for case in exercise.cases]
    inputs = [step["arguments"][0] for probe in probes for step in probe.actions if "arguments" in step]
    return f"KNOWN = {[round(float(x.ravel()[0]), 6) for x in inputs]}\n"


def test_what_is_printed_on_hidden_inputs_is_told_nowhere(grader):
    source = (
        known_inputs()
        + RIGHT
        + (
            "right = softmax\ndef softmax(x, axis=-1):\n    print(x)\n"
            "    return right(x, axis) if round(float(x.ravel()[0]), 6) in KNOWN else x"
        )
    )
    result = softmax_of(grader, source, secret="s" * 32)
    assert not any(v.passed for v in result.verdicts)
    assert {v.printed for v in result.verdicts} == {""}


@pytest.mark.parametrize(
    "ending",
    ["print('a' * 10**6)", "import sys; sys.stdout.close()", "import sys; sys.stdout.buffer.write(b'\\xff\\x1b[2J')"],
)
def test_whatever_is_printed_costs_nothing(grader, ending):
    source = RIGHT.replace("    e = ", f"    {ending}\n    e = ")
    assert softmax_of(grader, source).outcome is Outcome.PASSED


def test_hidden_cases_and_hidden_inputs_need_the_secret(grader):
    public, hidden = softmax_of(grader, RIGHT), softmax_of(grader, RIGHT, secret="s" * 32)
    assert len(hidden.verdicts) > len(public.verdicts)
    assert not any(v.hidden for v in public.verdicts)
    assert public.seed is None
    assert hidden.seed


def test_the_public_answers_learnt_by_heart_earn_nothing(grader):
    known = known_inputs()
    source = (
        RIGHT
        + "\nright = softmax\n"
        + known
        + ("def softmax(x, axis=-1):\n    return right(x, axis) if round(float(x.ravel()[0]), 6) in KNOWN else x")
    )
    assert softmax_of(grader, source).outcome is Outcome.PASSED
    graded = softmax_of(grader, source, secret="s" * 32)
    assert graded.score == 0
    assert any("right on the public inputs, but not on others" in v.where for v in graded.verdicts)


def test_a_message_of_a_hidden_case_shows_no_value(grader):
    source = (
        "def softmax(x, axis=-1):\n    if x.ndim in (1, 4):\n        raise ValueError(str(x.ravel()[0]))\n    return x"
    )
    hidden = next(v for v in softmax_of(grader, source, secret="s" * 32).verdicts if v.hidden)
    assert hidden.outcome is Outcome.CRASHED
    assert hidden.where == "ValueError in your cell of `softmax`"


LEAKS = {
    "in the name of an exception's type": "raise type(f'E{abs(x.ravel()[0])}', (Exception,), {})",
    "in the message": "raise ValueError(str(x.ravel()[0]))",
    "in the line of the error": "exec(compile('\\n' * int(abs(x.ravel()[0]) * 1e4) + '1/0', '<cell 1>', 'exec'))",
    "in the cell of the error": "exec(compile('1/0', f'<cell {int(abs(x.ravel()[0]) * 1e6)}>', 'exec'))",
    "in other digits of the cell": (
        "zeros = ''.join('0٠'[d] for d in (x.ravel()[:6] > 0)); exec(compile('1/0', f'<cell {zeros}1>', 'exec'))"
    ),
    "in the name of a missing module": (
        "raise ModuleNotFoundError(f\"No module named 'solutions.x{int(abs(x.ravel()[0]) * 1e6)}'\")"
    ),
    "in the source of the line": (
        "import linecache; linecache.cache['<cell 1>'] = 1, None, [str(x.ravel()[0])] * 99, '<cell 1>'; raise KeyError"
    ),
    "in a shape": "return np.zeros((int(abs(x.ravel()[0]) * 1e9), 0))",
    "in the name of a result's type": "return type(f'R{abs(x.ravel()[0])}', (), {})()",
    "in the number of differences": "return np.where(np.arange(x.size).reshape(x.shape) < x.size // 3, x, 0)",
    "in the name of an unwritten function": (
        "exec(compile(f'def f{int(1e9 * x.max())}(): raise NotImplementedError', '<cell 1>', 'exec'), d := {})"
        "; [f for n, f in d.items() if n[0] == 'f'][0]()"
    ),
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=list(LEAKS))
def test_what_is_told_of_a_hidden_case_holds_nothing_that_code_could_choose(grader, leak):
    told = set()
    for secret in ("s" * 32, "t" * 32):
        grade = softmax_of(grader, f"import numpy as np\ndef softmax(x, axis=-1):\n    {leak}", secret=secret)
        told.add(tuple(v.where for v in grade.verdicts if v.hidden))
    assert len(told) == 1


def test_the_same_submission_gets_the_same_grade(grader):
    source = "import numpy as np\ndef softmax(x, axis=-1):\n    return x + np.random.normal(size=x.shape)"
    assert softmax_of(grader, source, secret="s" * 32) == softmax_of(grader, source, secret="s" * 32)
