"""What student code prints: the beginning is kept, made harmless, and told of public inputs only."""

import sys

import pytest

from autograder import syllabus
from autograder.execution.responses import parse_printed
from autograder.intake.submission import Submission
from autograder.plan import make_plan
from autograder.sandbox.printed import MOST_CHARACTERS, printing

LOUD = "def causal_mask(num_tokens):\n    print('tokens:', num_tokens)\n    return None"


def test_what_is_printed_is_kept_and_goes_nowhere_else(capsys):
    with printing() as printed:
        print("x is", 1)
        sys.stdout.write("é\n")
        sys.stdout.buffer.write(b"\xff")
        sys.stdout.flush()
    print("after")
    assert printed.text() == "x is 1\né\n\N{REPLACEMENT CHARACTER}"
    assert capsys.readouterr().out == "after\n"


@pytest.mark.parametrize("character", ["a", "é", "𝕏"])
def test_of_much_only_the_beginning_is_kept(character):
    with printing() as printed:
        for _ in range(30):
            assert print(character * 1000, end="") is None
    assert printed.text() == character * MOST_CHARACTERS


def test_code_may_close_its_output_or_ask_for_its_number():
    with printing() as printed:
        assert sys.stdout.fileno() == 1
        sys.stdout.close()
    assert printed.text() == ""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("x\n\ty\x1b[2J\u202e\r", "x\n    y\N{REPLACEMENT CHARACTER}[2J" + "\N{REPLACEMENT CHARACTER}" * 2),
        ("a" * 9999, "a" * 2000),
        ("\t" * 2000, " " * 2000),
        (None, ""),
        (["x"], ""),
        (7, ""),
    ],
)
def test_what_a_worker_says_was_printed_is_clipped_and_made_harmless(said, told):
    assert parse_printed({"printed": said}) == told
    assert parse_printed({}) == ""


@pytest.mark.slow
def test_what_is_printed_on_hidden_inputs_does_not_reach_the_evidence(grader):
    submission = Submission("test", "attention", {1: LOUD}, is_notebook=True)
    plan = make_plan(submission, [syllabus.exercise("causal_mask")], "s" * 32)
    evidence = grader.executor.run(plan)
    public = {trial for trial in plan.to_run if trial.is_public}
    assert set(evidence.printed) == public != set(plan.to_run)
    assert all(text.startswith("tokens: ") for text in evidence.printed.values())
